#pragma once
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

/* A macro of macros that Swift does not see. */
static inline int ccrypto_public_key(void) { return EVP_PKEY_PUBLIC_KEY; }
