#ifndef WICK_CZSTD_SHIM_H
#define WICK_CZSTD_SHIM_H
#include <zstd.h>
#endif
