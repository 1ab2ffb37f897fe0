// The board's check of signatures, compiled against this machine's mbedTLS, on Wycheproof's vectors.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "jb_hash.h"
#include "jb_p256.h"

namespace
{
    using Bytes = std::vector<uint8_t>;

    struct Case
    {
        int number;
        bool is_valid;
        Bytes key;
        Bytes message;
        Bytes signature;
        std::string about;
    };

    Bytes from_hex(const std::string &text)
    {
        Bytes bytes;

        for (size_t i = 0; text != "-" && i + 1 < text.size(); i += 2)
        {
            bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
        }

        return bytes;
    }

    std::vector<Case> read_cases()
    {
        std::ifstream file(JB_VECTORS);
        std::vector<Case> cases;
        Bytes key;

        for (std::string line; std::getline(file, line);)
        {
            std::istringstream words(line);
            std::string first, verdict, message, signature, about;
            words >> first;

            if (first == "key")
            {
                words >> message;
                key = from_hex(message);
            }
            else if (!first.empty() && first[0] != '#')
            {
                words >> verdict >> message >> signature >> about;
                cases.push_back({std::stoi(first), verdict == "valid", key, from_hex(message), from_hex(signature), about});
            }
        }

        return cases;
    }

    std::array<uint8_t, JB_SHA256_BYTES> hash_of(const Bytes &message)
    {
        std::array<uint8_t, JB_SHA256_BYTES> hash;
        jb_sha256 sha;
        jb_sha256_start(&sha);
        jb_sha256_update(&sha, message.data(), message.size());
        jb_sha256_finish(&sha, hash.data());
        return hash;
    }

    bool verify(const Case &one)
    {
        return jb_p256_verify(one.key.data(), hash_of(one.message).data(), one.signature.data());
    }
}

TEST(P256, SaysOfEachVectorWhatWycheproofSays)
{
    int valid = 0;
    int invalid = 0;
    int of_another_size = 0;

    for (const Case &one : read_cases())
    {
        ASSERT_EQ(one.key.size(), 2 * JB_P256_NUMBER_BYTES);

        if (one.signature.size() != 2 * JB_P256_NUMBER_BYTES)
        {
            // Refused before: jb_esp_bytes_of takes exactly 64 bytes.
            EXPECT_FALSE(one.is_valid);
            of_another_size++;
            continue;
        }

        EXPECT_EQ(verify(one), one.is_valid) << "vector " << one.number << ", " << one.about;
        (one.is_valid ? valid : invalid)++;
    }

    EXPECT_EQ(valid, 173);
    EXPECT_EQ(invalid, 68);
    EXPECT_EQ(of_another_size, 21);
}

// Whatever bit of a good one is changed, it is good no more.
TEST(P256, NoBitOfKeyMessageOrSignatureMayChange)
{
    const Case good = read_cases().front();
    ASSERT_TRUE(verify(good));

    for (Bytes Case::*part : {&Case::key, &Case::message, &Case::signature})
    {
        for (size_t bit = 0; bit < (good.*part).size() * 8; bit++)
        {
            Case bad = good;
            (bad.*part)[bit / 8] = static_cast<uint8_t>((bad.*part)[bit / 8] ^ 1u << bit % 8);
            ASSERT_FALSE(verify(bad)) << "bit " << bit;
        }
    }

    Case other = good;
    other.key.assign(other.key.size(), 0);
    EXPECT_FALSE(verify(other)) << "the point at infinity is no key";
}
