#!/usr/bin/env python3
"""Writes the case files whose outputs follow from a model: python3 Tests/SQLCases/model/generate.py"""
import os

import aggregates
import functions
import refusals

if __name__ == "__main__":
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    print(sum(make().write(root) for make in aggregates.FILES + functions.FILES + refusals.FILES), "cases")
