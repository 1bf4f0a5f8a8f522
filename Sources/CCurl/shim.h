#ifndef WICK_CCURL_SHIM_H
#define WICK_CCURL_SHIM_H
#include <curl/curl.h>
#endif
