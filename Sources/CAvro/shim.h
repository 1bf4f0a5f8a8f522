#ifndef WICK_CAVRO_SHIM_H
#define WICK_CAVRO_SHIM_H
#include <avro.h>
#endif
