// NOR flash in memory, whose power can fail at any erase or write, in any of the ways in which that leaves a flash.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "jb_boot.h"

// What the operation during which power fails leaves behind.
enum class Cut
{
    Before,     // nothing happened yet
    After,      // it was complete
    Prefix,     // the first bytes are done, the others untouched
    HalfBits,   // of the bits that were to change each did or did not
    AllButOne,  // one bit of all is missing: the hardest to notice
    Garbage,    // an erase left random bytes; a write some of its bits, and bits of the page beyond what was written
    Weak,       // complete, and reads right until the power cycle after next; then as HalfBits
    Count,
};

inline const char *cut_name(Cut cut)
{
    static const char *names[] = {"before", "after", "prefix", "half-bits", "all-but-one", "garbage", "weak"};
    return names[static_cast<int>(cut)];
}

// What a sector is that went bad for good.
enum class BadSector
{
    IgnoresWrites, // and says that all went well
    IgnoresErases, // the same
    TakesNothing,  // neither, and says that all went well
    RefusesBoth,   // neither, and says so
    RefusesReads,
    Count,
};

class NorFlash
{
public:
    static constexpr uint64_t never = UINT64_MAX;

    NorFlash(uint32_t sector_bytes, uint32_t image_sectors)
        : sector_bytes_(sector_bytes)
    {
        for (uint32_t region = 0; region < JB_REGION_COUNT; region++)
        {
            regions_[region].assign(sector_bytes * (region == JB_REGION_BOOT ? 4 : image_sectors), 0xFF);
        }
    }

    // The callbacks point into this object: ask again after a copy.
    jb_flash callbacks()
    {
        jb_flash flash = {};
        flash.context = this;
        flash.read = [](void *context, uint32_t region, uint32_t address, void *buffer, uint32_t length) {
            return static_cast<NorFlash *>(context)->read(region, address, static_cast<uint8_t *>(buffer), length);
        };
        flash.write = [](void *context, uint32_t region, uint32_t address, const void *buffer, uint32_t length) {
            return static_cast<NorFlash *>(context)->write(region, address, static_cast<const uint8_t *>(buffer), length);
        };
        flash.erase = [](void *context, uint32_t region, uint32_t address) {
            return static_cast<NorFlash *>(context)->erase(region, address);
        };
        flash.feed = [](void *context) { static_cast<NorFlash *>(context)->feed(); };
        flash.sector_bytes = sector_bytes_;

        for (uint32_t region = 0; region < JB_REGION_COUNT; region++)
        {
            flash.region_bytes[region] = static_cast<uint32_t>(regions_[region].size());
        }

        return flash;
    }

    // Power comes (again). It will fail at the `at`-th erase or write from now, counted from 0.
    void power_on(uint64_t at = never, Cut cut = Cut::Before, uint32_t seed = 1)
    {
        for (size_t i = 0; i < weak_.size();)
        {
            if (--weak_[i].power_cycles == 0)
            {
                Weak fading = weak_[i];
                weak_.erase(weak_.begin() + static_cast<std::ptrdiff_t>(i));
                half_bits(fading.region, fading.address, fading.before, bytes_at(fading.region, fading.address, fading.before.size()));
            }
            else
            {
                i++;
            }
        }

        if (is_traced())
        {
            std::fprintf(stderr, "power on\n");
        }

        is_dead_ = false;
        operations_ = 0;
        cut_at_ = at;
        cut_ = cut;
        random_.seed(seed);
    }

    bool is_dead() const { return is_dead_; }
    uint64_t operations() const { return operations_; }
    uint64_t erases() const { return erases_; }
    double elapsed_ms() const { return elapsed_ms_; }
    double longest_ms_without_feed() const { return longest_ms_; }

    std::vector<uint8_t> &region(uint32_t region) { return regions_[region]; }

    // A sector that fails: erases and writes of it report success and change nothing, `times` times.
    void break_sector(uint32_t region, uint32_t address, int times)
    {
        broken_region_ = region;
        broken_address_ = address;
        broken_times_ = times;
    }

    // A sector goes bad, for good.
    void go_bad(uint32_t region, uint32_t sector, BadSector kind) { bad_.push_back({region, sector, kind}); }

private:
    struct Bad
    {
        uint32_t region;
        uint32_t sector;
        BadSector kind;
    };

    bool is_bad(uint32_t region, uint32_t address, BadSector kind) const
    {
        for (const Bad &bad : bad_)
        {
            if (bad.region == region && bad.sector == address / sector_bytes_ && bad.kind == kind)
            {
                return true;
            }
        }

        return false;
    }

    // JB_TRACE=1 prints every operation: for the reproduction of one failure.
    static bool is_traced()
    {
        static const bool traced = std::getenv("JB_TRACE") != nullptr;
        return traced;
    }

    struct Weak
    {
        uint32_t region;
        uint32_t address;
        std::vector<uint8_t> before;
        int power_cycles;
    };

    // The core must stay within its regions whatever is in flash; here that is an abort, which the fuzzer finds.
    void demand(bool condition, const char *what) const
    {
        if (!condition)
        {
            std::fprintf(stderr, "NorFlash: %s\n", what);
            std::abort();
        }
    }

    void demand_inside(uint32_t region, uint32_t address, uint32_t length) const
    {
        demand(region < JB_REGION_COUNT && length <= regions_[region].size() && address <= regions_[region].size() - length,
               "beyond the region");
    }

    std::vector<uint8_t> bytes_at(uint32_t region, uint32_t address, size_t length) const
    {
        auto first = regions_[region].begin() + address;
        return std::vector<uint8_t>(first, first + static_cast<std::ptrdiff_t>(length));
    }

    void pass(double ms)
    {
        elapsed_ms_ += ms;
        unfed_ms_ += ms;
        longest_ms_ = unfed_ms_ > longest_ms_ ? unfed_ms_ : longest_ms_;
    }

    void feed() { unfed_ms_ = 0; }

    int32_t read(uint32_t region, uint32_t address, uint8_t *buffer, uint32_t length)
    {
        demand_inside(region, address, length);

        if (is_dead_ || is_bad(region, address, BadSector::RefusesReads))
        {
            return -1;
        }

        pass(0.05 + length * 0.0001);
        std::copy_n(regions_[region].begin() + address, length, buffer);
        return 0;
    }

    int32_t write(uint32_t region, uint32_t address, const uint8_t *buffer, uint32_t length)
    {
        demand_inside(region, address, length);
        demand(region != JB_REGION_STAGE, "stage is only read");
        pass(3); // worst case of a page

        std::vector<uint8_t> before = bytes_at(region, address, length);
        std::vector<uint8_t> after(before);

        for (uint32_t i = 0; i < length; i++)
        {
            after[i] = static_cast<uint8_t>(before[i] & buffer[i]);
        }

        return operate(region, address, before, after, false);
    }

    int32_t erase(uint32_t region, uint32_t address)
    {
        demand_inside(region, address, sector_bytes_);
        demand(address % sector_bytes_ == 0, "erase is not aligned");
        demand(region != JB_REGION_STAGE, "stage is only read");
        pass(400); // worst case of a sector
        erases_++;
        return operate(region, address, bytes_at(region, address, sector_bytes_), std::vector<uint8_t>(sector_bytes_, 0xFF), true);
    }

    int32_t operate(uint32_t region, uint32_t address, const std::vector<uint8_t> &before, const std::vector<uint8_t> &after, bool is_erase)
    {
        if (is_dead_)
        {
            return -1;
        }

        if (broken_times_ > 0 && region == broken_region_ && address / sector_bytes_ == broken_address_ / sector_bytes_)
        {
            broken_times_--;
            return 0;
        }

        if (is_bad(region, address, BadSector::RefusesBoth))
        {
            return -1;
        }

        if (is_bad(region, address, BadSector::TakesNothing) ||
            is_bad(region, address, is_erase ? BadSector::IgnoresErases : BadSector::IgnoresWrites))
        {
            return 0;
        }

        if (is_erase)
        {
            forget_weak(region, address);
        }

        if (is_traced())
        {
            std::fprintf(stderr, "  %s region %u, address %u, %zu bytes%s%s\n", is_erase ? "erase" : "write", region, address, before.size(),
                         operations_ == cut_at_ ? ": power fails, " : "", operations_ == cut_at_ ? cut_name(cut_) : "");
        }

        if (operations_++ != cut_at_)
        {
            store(region, address, after);
            return 0;
        }

        is_dead_ = true;
        fail(region, address, before, after, is_erase);
        return -1;
    }

    void fail(uint32_t region, uint32_t address, const std::vector<uint8_t> &before, const std::vector<uint8_t> &after, bool is_erase)
    {
        switch (cut_)
        {
            case Cut::After:
                store(region, address, after);
                break;

            case Cut::Prefix:
            {
                std::vector<uint8_t> torn(before);
                std::copy_n(after.begin(), random_() % (before.size() + 1), torn.begin());
                store(region, address, torn);
                break;
            }

            case Cut::HalfBits:
                half_bits(region, address, before, after);
                break;

            case Cut::AllButOne:
            {
                std::vector<uint8_t> torn(after);
                uint32_t start = static_cast<uint32_t>(random_() % before.size());

                for (uint32_t i = 0; i < before.size(); i++)
                {
                    uint32_t at = (start + i) % static_cast<uint32_t>(before.size());
                    uint8_t changed = static_cast<uint8_t>(before[at] ^ after[at]);

                    if (changed != 0)
                    {
                        torn[at] = static_cast<uint8_t>(torn[at] ^ (changed & -changed));
                        break;
                    }
                }

                store(region, address, torn);
                break;
            }

            case Cut::Garbage:
                garbage(region, address, before, after, is_erase);
                break;

            case Cut::Weak:
                store(region, address, after);
                weak_.push_back({region, address, before, 2});
                break;

            default:
                break;
        }
    }

    void half_bits(uint32_t region, uint32_t address, const std::vector<uint8_t> &before, const std::vector<uint8_t> &after)
    {
        std::vector<uint8_t> torn(before);

        for (size_t i = 0; i < torn.size(); i++)
        {
            torn[i] = static_cast<uint8_t>(before[i] ^ ((before[i] ^ after[i]) & random_()));
        }

        store(region, address, torn);
    }

    // The page of a torn write is no safer than the bytes that were written, as far as they are still erased: what was programmed
    // before keeps its zeros.
    void garbage(uint32_t region, uint32_t address, const std::vector<uint8_t> &before, const std::vector<uint8_t> &after, bool is_erase)
    {
        if (!is_erase)
        {
            half_bits(region, address, before, after);
            uint32_t end = (address / JB_CHUNK_BYTES + 1) * JB_CHUNK_BYTES;

            for (uint32_t i = address + static_cast<uint32_t>(before.size()); i < end && i < regions_[region].size(); i++)
            {
                regions_[region][i] = static_cast<uint8_t>(regions_[region][i] & (random_() | random_()));
            }

            return;
        }

        std::vector<uint8_t> torn(before.size());

        for (uint8_t &byte : torn)
        {
            byte = static_cast<uint8_t>(random_());
        }

        store(region, address, torn);
    }

    void store(uint32_t region, uint32_t address, const std::vector<uint8_t> &bytes)
    {
        std::copy(bytes.begin(), bytes.end(), regions_[region].begin() + address);
    }

    void forget_weak(uint32_t region, uint32_t address)
    {
        for (size_t i = 0; i < weak_.size();)
        {
            bool is_same = weak_[i].region == region && weak_[i].address / sector_bytes_ == address / sector_bytes_;
            is_same ? static_cast<void>(weak_.erase(weak_.begin() + static_cast<std::ptrdiff_t>(i))) : static_cast<void>(i++);
        }
    }

    uint32_t sector_bytes_;
    std::vector<uint8_t> regions_[JB_REGION_COUNT];
    bool is_dead_ = false;
    uint64_t operations_ = 0;
    uint64_t erases_ = 0;
    uint64_t cut_at_ = never;
    Cut cut_ = Cut::Before;
    std::minstd_rand random_;
    std::vector<Weak> weak_;
    uint32_t broken_region_ = 0;
    uint32_t broken_address_ = 0;
    int broken_times_ = 0;
    std::vector<Bad> bad_;
    double elapsed_ms_ = 0;
    double unfed_ms_ = 0;
    double longest_ms_ = 0;
};
