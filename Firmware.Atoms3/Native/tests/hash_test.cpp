#include <gtest/gtest.h>

#include <string>

#include "jb_hash.h"

namespace
{
    std::string sha256_hex(const std::string &text, size_t piece)
    {
        jb_sha256 sha;
        jb_sha256_start(&sha);

        for (size_t i = 0; i < text.size(); i += piece)
        {
            std::string part = text.substr(i, piece);
            jb_sha256_update(&sha, part.data(), part.size());
        }

        uint8_t hash[JB_SHA256_BYTES];
        jb_sha256_finish(&sha, hash);
        std::string hex;

        for (uint8_t byte : hash)
        {
            const char digits[] = "0123456789abcdef";
            hex += digits[byte >> 4];
            hex += digits[byte & 15];
        }

        return hex;
    }
}

// Examples of FIPS 180-4 (NIST's SHA256.pdf) and the million of 'a'.
TEST(Sha256, Examples)
{
    EXPECT_EQ(sha256_hex("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 100),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(std::string(1000000, 'a'), 512), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesDoNotMatter)
{
    for (size_t length : {1u, 55u, 56u, 57u, 63u, 64u, 65u, 119u, 120u, 128u, 300u})
    {
        std::string text(length, 'x');
        std::string whole = sha256_hex(text, length);

        for (size_t piece : {1u, 7u, 63u, 64u, 65u})
        {
            EXPECT_EQ(sha256_hex(text, piece), whole) << length << " bytes by " << piece;
        }
    }
}

TEST(Sha256, ContextMayBeMoved)
{
    jb_sha256 sha;
    jb_sha256_start(&sha);
    jb_sha256_update(&sha, "a", 1);
    uint8_t kept[sizeof(jb_sha256)];
    std::copy_n(reinterpret_cast<const uint8_t *>(&sha), sizeof(sha), kept);
    jb_sha256 moved;
    std::copy_n(kept, sizeof(moved), reinterpret_cast<uint8_t *>(&moved));
    jb_sha256_update(&moved, "bc", 2);
    jb_sha256_update(&sha, "bc", 2);
    uint8_t a[JB_SHA256_BYTES];
    uint8_t b[JB_SHA256_BYTES];
    jb_sha256_finish(&sha, a);
    jb_sha256_finish(&moved, b);
    EXPECT_TRUE(std::equal(a, a + JB_SHA256_BYTES, b));
    EXPECT_LE(sizeof(jb_sha256), 112u) << "Sha256.cs keeps it in 112 bytes";
}

TEST(Crc32, CheckValue)
{
    EXPECT_EQ(jb_crc32(0, "123456789", 9), 0xCBF43926u);
    EXPECT_EQ(jb_crc32(jb_crc32(0, "1234", 4), "56789", 5), 0xCBF43926u);
    EXPECT_EQ(jb_crc32(0, "", 0), 0u);
}
