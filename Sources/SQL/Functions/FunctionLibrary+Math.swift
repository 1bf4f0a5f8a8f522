extension FunctionLibrary {
  static let math: [LibraryFunction] =
    [
      .init(
        "ABS", .math, "The number without its sign.",
        ["(x INT) INT", "(x BIGINT) BIGINT", "(x DECIMAL) DECIMAL", "(x DOUBLE) DOUBLE"], [("ABS(-2.50)", "2.50")]),
      .init(
        "CEIL", .math, "The smallest whole number that is not less.",
        ["(x INT) INT", "(x BIGINT) BIGINT", "(x DECIMAL) DECIMAL", "(x DOUBLE) DOUBLE"], [("CEIL(1.2)", "2.0")]),
      .init(
        "FLOOR", .math, "The largest whole number that is not more.",
        ["(x INT) INT", "(x BIGINT) BIGINT", "(x DECIMAL) DECIMAL", "(x DOUBLE) DOUBLE"], [("FLOOR(-1.2)", "-2.0")]),
      .init(
        "ROUND", .math, "The nearest number with so many places; halves in the positive direction.",
        [
          "(x INT) INT", "(x BIGINT) BIGINT", "(x DOUBLE) BIGINT", "(x DECIMAL) WHOLE", "(x DECIMAL, places INT) DECIMAL",
          "(x DOUBLE, places INT) DOUBLE",
        ], [("ROUND(2.345, 2)", "2.350"), ("ROUND(-2.5e0)", "-2")]),
      .init(
        "TRUNC", .math, "The number without what stands behind so many places.",
        [
          "(x INT) BIGINT", "(x BIGINT) BIGINT", "(x DOUBLE) BIGINT", "(x DECIMAL) WHOLE", "(x DECIMAL, places INT) DECIMAL",
          "(x DOUBLE, places INT) DOUBLE",
        ], [("TRUNC(-2.39, 1)", "-2.30"), ("TRUNC(9.99e0)", "9"), ("TRUNC(129.5e0, -1)", "120.0")]),
      .init(
        "SIGN", .math, "-1, 0 or 1.", ["(x INT) INT", "(x BIGINT) INT", "(x DECIMAL) INT", "(x DOUBLE) INT"],
        [("SIGN(-0.5)", "-1")]),
      .init("SQRT", .math, "The square root.", ["(x DOUBLE) DOUBLE"], [("SQRT(2.25)", "1.5")]),
      .init("CBRT", .math, "The cube root.", ["(x DOUBLE) DOUBLE"], [("CBRT(27)", "3.0")]),
      .init("EXP", .math, "e to the power of x.", ["(x DOUBLE) DOUBLE"], [("EXP(0)", "1.0")]),
      .init("LN", .math, "The natural logarithm.", ["(x DOUBLE) DOUBLE"], [("LN(1)", "0.0")]),
      .init(
        "LOG", .math, "The logarithm to a base; without one the natural logarithm.",
        ["(x DOUBLE) DOUBLE", "(base DOUBLE, x DOUBLE) DOUBLE"], [("LOG(2, 8)", "3.0")]),
      .init(
        "POWER", .math, "The base to the power of the exponent.", ["(base DOUBLE, exponent DOUBLE) DOUBLE"],
        [("POWER(2, 10)", "1024.0")]),
      .init("PI", .math, "The number π.", ["() DOUBLE"], [("PI()", "3.141592653589793")]),
      .init("DEGREES", .math, "Radians as degrees.", ["(x DOUBLE) DOUBLE"], [("DEGREES(0)", "0.0")]),
      .init("RADIANS", .math, "Degrees as radians.", ["(x DOUBLE) DOUBLE"], [("RADIANS(180)", "3.141592653589793")]),
      .init(
        "GREATEST", .math, "The largest value; NULLs are left out.", ["(value T, other T...) T"],
        [("GREATEST(1, 3, 2)", "3")]),
      .init(
        "LEAST", .math, "The smallest value; NULLs are left out.", ["(value T, other T...) T"], [("LEAST('b', 'a')", "a")]),
      .init(
        "GEO_DISTANCE", .math, "The great-circle distance between two points in degrees, in 'KM' or 'MI'.",
        [
          "(latitude1 DOUBLE, longitude1 DOUBLE, latitude2 DOUBLE, longitude2 DOUBLE) DOUBLE",
          "(latitude1 DOUBLE, longitude1 DOUBLE, latitude2 DOUBLE, longitude2 DOUBLE, unit STRING) DOUBLE",
        ], [("ROUND(GEO_DISTANCE(0, 0, 0, 180))", "20015")]),
    ] + trigonometry

  private static let trigonometry: [LibraryFunction] =
    [
      ("SIN", "The sine of an angle in radians."), ("COS", "The cosine of an angle in radians."),
      ("TAN", "The tangent of an angle in radians."), ("COT", "The cotangent of an angle in radians."),
      ("ASIN", "The angle whose sine this is, in radians."), ("ACOS", "The angle whose cosine this is, in radians."),
      ("ATAN", "The angle whose tangent this is, in radians."), ("SINH", "The hyperbolic sine."),
      ("COSH", "The hyperbolic cosine."), ("TANH", "The hyperbolic tangent."),
    ].map { LibraryFunction($0.0, .math, $0.1, ["(x DOUBLE) DOUBLE"]) } + [
      .init(
        "ATAN2", .math, "The angle of the point (x, y), in radians.", ["(y DOUBLE, x DOUBLE) DOUBLE"], [("ATAN2(0, 1)", "0.0")])
    ]
}
