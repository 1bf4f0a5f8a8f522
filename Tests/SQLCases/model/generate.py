#!/usr/bin/env python3
"""Writes the case files whose outputs follow from a model: python3 Tests/SQLCases/model/generate.py [folder]"""
import os
import sys

import aggregates
import functions
import refusals

if __name__ == "__main__":
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    root = sys.argv[1] if len(sys.argv) > 1 else home
    print(sum(make().write(root) for make in aggregates.FILES + functions.FILES + refusals.FILES), "cases")
