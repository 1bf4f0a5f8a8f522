#ifndef WICK_CZLIB_SHIM_H
#define WICK_CZLIB_SHIM_H
#include <zlib.h>
#endif
