#ifndef WICK_CRDKAFKA_SHIM_H
#define WICK_CRDKAFKA_SHIM_H
#include <librdkafka/rdkafka.h>
#endif
