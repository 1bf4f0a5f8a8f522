#ifndef WICK_COPENSSL_SHIM_H
#define WICK_COPENSSL_SHIM_H
#include <openssl/crypto.h>
#include <openssl/sha.h>
#endif
