// Power loss, enumerated: at every erase and write of every way through the boot copies, in every way in which flash can be left;
// and then again at every erase and write of the recovery.
#include <gtest/gtest.h>

#include <functional>

#include "boot_device.h"

namespace
{
    constexpr uint32_t sector = 512;
    constexpr uint32_t image_sectors = 6;
    constexpr int cuts = static_cast<int>(Cut::Count);

    // What must run in the end, whatever happens.
    enum class End
    {
        OldOrNew,
        Old,
        Other, // what was flashed over serial
    };

    struct Way
    {
        const char *name;
        std::function<void(BootDevice &)> prepare; // undisturbed
        std::function<void(BootDevice &)> act;     // power fails in here
        End end;
    };

    BootDevice make_device(uint32_t sector_bytes, uint32_t sectors, size_t old_length, size_t new_length)
    {
        // One release before, so that journals and records are full of what must not be believed.
        BootDevice device(sector_bytes, sectors);
        device.deploy(make_image(7, new_length, sector_bytes));
        device.stage(make_image(1, old_length, sector_bytes));
        EXPECT_EQ(device.install(), JB_OK);
        EXPECT_EQ(device.run(), JB_OK);
        EXPECT_EQ(device.confirm(), JB_OK);
        device.old_image = device.new_image;
        device.stage(make_image(2, new_length, sector_bytes));
        return device;
    }

    void boots(BootDevice &device, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ASSERT_EQ(device.run(), JB_OK);
        }
    }

    const std::vector<Way> &ways()
    {
        static const std::vector<Way> all = {
            {"ask for an installation", [](BootDevice &) {}, [](BootDevice &device) { device.install(); }, End::OldOrNew},
            {"install", [](BootDevice &device) { ASSERT_EQ(device.install(), JB_OK); }, [](BootDevice &device) { device.run(); }, End::OldOrNew},
            {"install for the first time ever",
             [](BootDevice &device) {
                 auto &boot = device.flash.region(JB_REGION_BOOT);
                 std::fill(boot.begin(), boot.end(), static_cast<uint8_t>(0xFF));
                 ASSERT_EQ(device.install(), JB_OK);
             },
             [](BootDevice &device) { device.run(); }, End::OldOrNew},
            {"confirm",
             [](BootDevice &device) {
                 ASSERT_EQ(device.install(), JB_OK);
                 boots(device, 1);
             },
             [](BootDevice &device) { device.confirm(); }, End::OldOrNew},
            {"third boot without confirmation, and back",
             [](BootDevice &device) {
                 ASSERT_EQ(device.install(), JB_OK);
                 boots(device, 3);
             },
             [](BootDevice &device) { device.run(); }, End::Old},
            {"ask for the old image",
             [](BootDevice &device) {
                 ASSERT_EQ(device.install(), JB_OK);
                 boots(device, 1);
             },
             [](BootDevice &device) { device.roll_back(JB_REASON_REQUESTED); }, End::OldOrNew},
            {"back on request",
             [](BootDevice &device) {
                 ASSERT_EQ(device.install(), JB_OK);
                 boots(device, 1);
                 ASSERT_EQ(device.roll_back(JB_REASON_REQUESTED), JB_OK);
             },
             [](BootDevice &device) { device.run(); }, End::Old},
            {"a third image, flashed over the one on trial",
             [](BootDevice &device) {
                 ASSERT_EQ(device.install(), JB_OK);
                 boots(device, 1);
                 device.flash_over(make_assemblies(8, {200, 411}));
             },
             [](BootDevice &device) { device.run(); }, End::Other},
            {"the image on trial is damaged",
             [](BootDevice &device) {
                 ASSERT_EQ(device.install(), JB_OK);
                 boots(device, 2);
                 device.flash.region(JB_REGION_DEPLOY)[600] ^= 4;
             },
             [](BootDevice &device) { device.run(); }, End::Old},
        };
        return all;
    }

    // After all failures: two boots in peace (what is weak fades at the second), then the rest of the life of this release.
    std::string verdict(BootDevice device, const Way &way)
    {
        for (int i = 0; i < 2; i++)
        {
            device.flash.power_on();
            std::string complaint = device.complaint(device.run());

            if (!complaint.empty())
            {
                return complaint;
            }
        }

        if (way.end == End::Old && !device.deploy_is(device.old_image))
        {
            return "not back";
        }

        if (way.end == End::Other && !device.deploy_begins_with(device.other_image))
        {
            return "what was flashed over serial is gone";
        }

        for (int i = 0; i < 4 && device.record().state == JB_STATE_TRIAL; i++)
        {
            device.flash.power_on();
            std::string complaint = device.complaint(device.run());

            if (!complaint.empty())
            {
                return complaint;
            }
        }

        // Still able to take a release: the one way to mend a box in the field.
        if (device.deploy_is(device.new_image))
        {
            device.old_image = device.new_image;
        }
        else if (way.end == End::Other)
        {
            device.old_image = device.other_image;
        }

        device.other_image.clear();
        device.stage(make_image(3, device.new_image.size() - 300, device.flash.callbacks().sector_bytes));

        if (device.install() != JB_OK)
        {
            return "takes no installation in state " + std::to_string(device.record().state);
        }

        std::string complaint = device.complaint(device.run());
        return !complaint.empty() ? complaint : device.deploy_is(device.new_image) ? "" : "the next release was not installed";
    }

    std::string where(const Way &way, uint64_t first, int cut, const std::string &more)
    {
        return std::string(way.name) + ": power fails at operation " + std::to_string(first) + ", " + cut_name(static_cast<Cut>(cut)) + more;
    }

    uint32_t seed_of(uint64_t a, uint64_t b, uint64_t c)
    {
        return static_cast<uint32_t>(1 + a * 7919 + b * 104729 + c * 1299709);
    }

    // Every operation of `act` times every way to fail times `seeds`. `then` gets the box with its power off.
    template <typename Then>
    uint64_t enumerate(const BootDevice &prepared, const Way &way, uint64_t seeds, Then then)
    {
        uint64_t points = 0;

        for (uint64_t at = 0;; at++)
        {
            for (int cut = 0; cut < cuts; cut++)
            {
                for (uint64_t seed = 0; seed < seeds; seed++)
                {
                    BootDevice device(prepared);
                    device.flash.power_on(at, static_cast<Cut>(cut), seed_of(at, static_cast<uint64_t>(cut), seed));
                    way.act(device);

                    if (!device.flash.is_dead())
                    {
                        return points; // fewer operations than that
                    }

                    points++;
                    then(device, at, cut);

                    if (::testing::Test::HasFailure())
                    {
                        return points; // one report is enough
                    }
                }
            }
        }
    }

    class PowerLoss : public ::testing::TestWithParam<size_t>
    {
    };
}

TEST_P(PowerLoss, OnceAnywhere)
{
    const Way &way = ways()[GetParam()];
    BootDevice prepared = make_device(sector, image_sectors, 1100, 1600);
    way.prepare(prepared);
    uint64_t points = enumerate(prepared, way, 8, [&](const BootDevice &device, uint64_t at, int cut) {
        std::string complaint = verdict(device, way);
        EXPECT_EQ(complaint, "") << where(way, at, cut, "");
    });
    std::printf("          %llu points of power loss: %s\n", static_cast<unsigned long long>(points), way.name);
    RecordProperty("points", static_cast<int>(points));
    EXPECT_GT(points, 0u);
}

// One sector of the records is bad for good, in each way and in each place. What fades a day later is left out: with two sectors for
// records the one before the newest is not always there.
TEST_P(PowerLoss, OnceAnywhereBesideABadSectorOfRecords)
{
    const Way &way = ways()[GetParam()];
    uint64_t points = 0;

    for (uint32_t slot = 0; slot < 3 && !HasFailure(); slot++)
    {
        for (int kind = 0; kind < static_cast<int>(BadSector::Count) && !HasFailure(); kind++)
        {
            BootDevice prepared = make_device(sector, image_sectors, 1100, 1600);
            prepared.flash.go_bad(JB_REGION_BOOT, slot, static_cast<BadSector>(kind));
            ASSERT_EQ(prepared.confirm(), JB_OK); // again, if the record that said so can no longer be read: so does the firmware
            way.prepare(prepared);
            points += enumerate(prepared, way, 2, [&](const BootDevice &device, uint64_t at, int cut) {
                std::string complaint = cut == static_cast<int>(Cut::Weak) ? "" : verdict(device, way);
                EXPECT_EQ(complaint, "") << where(way, at, cut, ", sector " + std::to_string(slot) + " bad in way " + std::to_string(kind));
            });
        }
    }

    std::printf("          %llu points of power loss: %s, beside a bad sector\n", static_cast<unsigned long long>(points), way.name);
    RecordProperty("points", static_cast<int>(points));
}

TEST_P(PowerLoss, OnceAnywhereOnSectorsOf4096)
{
    const Way &way = ways()[GetParam()];
    BootDevice prepared = make_device(4096, 7, 4096 * 5 + 17, 4096 * 4);
    way.prepare(prepared);
    uint64_t points = enumerate(prepared, way, 1, [&](const BootDevice &device, uint64_t at, int cut) {
        std::string complaint = verdict(device, way);
        EXPECT_EQ(complaint, "") << where(way, at, cut, "");
    });
    std::printf("          %llu points of power loss: %s, sectors of 4096\n", static_cast<unsigned long long>(points), way.name);
    RecordProperty("points", static_cast<int>(points));
}

TEST_P(PowerLoss, TwiceAnywhere)
{
    const Way &way = ways()[GetParam()];
    BootDevice prepared = make_device(sector, 3, 700, 1030);
    way.prepare(prepared);
    Way again = way;
    again.act = [](BootDevice &device) { device.run(); };
    uint64_t pairs = 0;
    enumerate(prepared, way, 1, [&](const BootDevice &device, uint64_t at, int cut) {
        pairs += enumerate(device, again, 1, [&](const BootDevice &twice, uint64_t second, int second_cut) {
            std::string complaint = verdict(twice, way);
            EXPECT_EQ(complaint, "") << where(way, at, cut, ", then at " + std::to_string(second) + " of the next boot, " +
                                                                cut_name(static_cast<Cut>(second_cut)));
        });
    });
    std::printf("          %llu pairs of power losses: %s\n", static_cast<unsigned long long>(pairs), way.name);
    RecordProperty("pairs", static_cast<int>(pairs));
}

// A supply that never holds for long: many failures in a row, at random. Sampled, on top of what is enumerated.
TEST_P(PowerLoss, AgainAndAgain)
{
    const Way &way = ways()[GetParam()];
    BootDevice prepared = make_device(sector, image_sectors, 1100, 1600);
    way.prepare(prepared);
    uint64_t failures = 0;

    for (uint32_t run = 0; run < 1000 && !HasFailure(); run++)
    {
        BootDevice device(prepared);
        std::minstd_rand random(run + 1);
        int count = 2 + static_cast<int>(random() % 20);

        for (int i = 0; i < count; i++)
        {
            device.flash.power_on(random() % 12, static_cast<Cut>(random() % cuts), static_cast<uint32_t>(random()));
            i == 0 ? way.act(device) : static_cast<void>(device.run());
            failures += device.flash.is_dead() ? 1 : 0;
        }

        std::string complaint = verdict(device, way);
        EXPECT_EQ(complaint, "") << way.name << ": run " << run;
    }

    std::printf("          %llu power losses in 1000 sequences: %s\n", static_cast<unsigned long long>(failures), way.name);
}

// Found by the fuzzer: the swap has begun, then the record that says so fades, and with it a mark of the backup. The state is BACKUP
// again, but deploy must not be copied now.
TEST(PowerLossAndDecay, NoBackupOfAHalfSwappedDeploy)
{
    BootDevice prepared = make_device(sector, image_sectors, 1100, 1600);
    ASSERT_EQ(prepared.install(), JB_OK);
    int tried = 0;

    for (uint64_t at = 0;; at++)
    {
        BootDevice device(prepared);
        device.flash.power_on(at, Cut::Before);
        device.run();

        if (!device.flash.is_dead())
        {
            break;
        }

        device.flash.power_on();

        if (device.record().state != JB_STATE_SWAP || device.deploy_is(device.old_image) || device.deploy_is(device.new_image))
        {
            continue;
        }

        auto &boot = device.flash.region(JB_REGION_BOOT);
        uint32_t sequence = device.record().sequence;

        for (uint32_t slot = 0; slot < 3; slot++)
        {
            if (boot[slot * sector + 8] == static_cast<uint8_t>(sequence))
            {
                boot[slot * sector + 88] ^= 1u;
            }
        }

        ASSERT_EQ(device.record().state, JB_STATE_BACKUP);
        boot[3 * sector + sector / 2] = 0; // first sector of the backup
        EXPECT_EQ(device.complaint(device.run()), "") << "operation " << at;
        tried++;
    }

    EXPECT_GT(tried, 3);
}

// Found by the fuzzer: power fails as one record is written and as the next one is, both read right for a while, and fade together. What
// counts then is a record from before the swap, while deploy is half done.
TEST(PowerLossAndDecay, RecordsThatFadeTogetherBringNoEarlierStateBack)
{
    BootDevice prepared = make_device(sector, 3, 700, 1030);
    ASSERT_EQ(prepared.install(), JB_OK);
    const Way &way = ways()[1];
    int tried = 0;
    auto cut_at = [](BootDevice &device, uint64_t at, Cut cut) {
        device.flash.power_on(at, cut, seed_of(at, static_cast<uint64_t>(cut), 0));
        device.run();
        return device.flash.is_dead();
    };

    for (uint64_t first = 0; !HasFailure(); first++)
    {
        BootDevice once(prepared);

        if (!cut_at(once, first, Cut::Weak))
        {
            break;
        }

        for (uint64_t second = 0; !HasFailure(); second++)
        {
            BootDevice twice(once);

            if (!cut_at(twice, second, Cut::Weak))
            {
                break;
            }

            for (uint64_t third = 0; !HasFailure(); third++)
            {
                BootDevice device(twice);

                if (!cut_at(device, third, Cut::Prefix))
                {
                    break;
                }

                EXPECT_EQ(verdict(device, way), "") << "operations " << first << ", " << second << " and " << third;
                tried++;
            }
        }
    }

    std::printf("          %d triples of power losses whose traces fade\n", tried);
    EXPECT_GT(tried, 1000);
}

INSTANTIATE_TEST_SUITE_P(Ways, PowerLoss, ::testing::Range<size_t>(0, 9));
