// The life of a box as the fuzzer likes it: installations, confirmations, roll-backs and boots, with power failing wherever it wants,
// and, in a second kind of life, records and journals of its own making. Power loss alone must never cost an image; with whatever in
// flash, the core must end and stay within its regions (NorFlash aborts otherwise).
#include <cstdint>
#include <cstdlib>

#include "boot_device.h"

namespace
{
    constexpr uint32_t sector = 256;
    constexpr uint32_t image_sectors = 5;

    class Input
    {
    public:
        Input(const uint8_t *data, size_t size)
            : data_(data)
            , size_(size)
        {
        }

        bool is_over() const { return size_ == 0; }

        uint8_t byte()
        {
            if (size_ == 0)
            {
                return 0;
            }

            size_--;
            return *data_++;
        }

    private:
        const uint8_t *data_;
        size_t size_;
    };

    void demand(const std::string &complaint)
    {
        if (!complaint.empty())
        {
            std::fprintf(stderr, "fuzz_boot: %s\n", complaint.c_str());
            std::abort();
        }
    }

    void power_on(BootDevice &device, Input &input)
    {
        uint8_t at = input.byte();
        Cut cut = static_cast<Cut>(input.byte() % static_cast<int>(Cut::Count));
        device.flash.power_on(at < 200 ? at % 80 : NorFlash::never, cut, input.byte() + 1u);
    }

    // A record with a good CRC and whatever else.
    void forge_record(BootDevice &device, Input &input)
    {
        uint8_t *bytes = device.flash.region(JB_REGION_BOOT).data() + input.byte() % 3 * sector;
        const uint8_t start[6] = {'J', 'B', 'B', 'T', 1, 0};
        std::copy_n(start, 6, bytes);

        for (uint32_t i = 6; i < 88; i++)
        {
            bytes[i] = input.byte();
        }

        bytes[6] = static_cast<uint8_t>(bytes[6] % JB_STATE_COUNT);
        uint8_t kind = input.byte();

        if (kind % 4 != 0)
        {
            bytes[18] = bytes[19] = bytes[22] = bytes[23] = 0; // lengths that may be possible
        }

        if (kind % 8 > 3)
        {
            Hash hash = hash_of(device.new_image);
            std::copy(hash.begin(), hash.end(), bytes + 24);
            hash = hash_of(device.old_image);
            std::copy(hash.begin(), hash.end(), bytes + 56);
            bytes[16] = static_cast<uint8_t>(device.new_image.size());
            bytes[17] = static_cast<uint8_t>(device.new_image.size() >> 8);
            bytes[20] = static_cast<uint8_t>(device.old_image.size());
            bytes[21] = static_cast<uint8_t>(device.old_image.size() >> 8);
        }

        uint32_t crc = jb_crc32(0, bytes, 88);

        for (int i = 0; i < 4; i++)
        {
            bytes[88 + i] = static_cast<uint8_t>(crc >> (8 * i));
        }
    }

    void forge(BootDevice &device, Input &input)
    {
        uint8_t what = input.byte();

        if (what % 2 == 0)
        {
            forge_record(device, input);
            return;
        }

        auto &region = device.flash.region(what / 2 % JB_REGION_COUNT);
        size_t at = (input.byte() + 256u * input.byte()) % region.size();

        for (int i = 0; i < 8 && at < region.size(); i++)
        {
            region[at++] = input.byte();
        }
    }
}

namespace
{
    class Life
    {
    public:
        explicit Life(Input &input)
            : input_(input)
            , may_forge_(input.byte() % 2 == 1)
        {
            device_.deploy(next_image());
            device_.stage(next_image());
        }

        void go_on()
        {
            power_on(device_, input_);

            switch (input_.byte() % 8)
            {
                case 0:
                    device_.confirm();
                    break;

                case 1:
                    device_.roll_back(JB_REASON_REQUESTED);
                    break;

                case 2:
                    may_forge_ ? forge(device_, input_) : input_.byte() % 4 == 0 ? flash_over_serial() : release();
                    break;

                case 3:
                case 4:
                    install();
                    break;

                default:
                    device_.run();
                    break;
            }
        }

        // Power holds: a boot, and all must be well.
        void boot_in_peace()
        {
            device_.flash.power_on();
            int32_t result = device_.run();

            if (may_forge_)
            {
                return;
            }

            jb_boot_record record = device_.record();
            const Image *runs = running();
            demand(result != JB_OK ? "jb_boot_run fails" : runs == nullptr ? "deploy holds no image" : "");
            bool is_new = std::equal(record.new_sha256, record.new_sha256 + JB_SHA256_BYTES, hash_of(*runs).begin());
            bool is_old = std::equal(record.old_sha256, record.old_sha256 + JB_SHA256_BYTES, hash_of(*runs).begin());

            switch (record.state)
            {
                case JB_STATE_NONE:
                    demand(record.reason != JB_REASON_REPLACED || runs == &images_[flashed_] ? "" : "what was flashed over serial is gone");
                    break;

                case JB_STATE_CONFIRMED:
                    demand(is_new ? "" : "confirmed is not the new image");
                    break;

                case JB_STATE_TRIAL:
                    demand(is_new ? "" : "on trial is not the new image");
                    demand(is_way_back(record) ? "" : "no way back from the trial");
                    break;

                case JB_STATE_ROLLED_BACK:
                    demand(is_old ? "" : "rolled back is not the old image");
                    break;

                default:
                    demand("power loss alone led to state " + std::to_string(record.state) + ", reason " + std::to_string(record.reason));
            }
        }

    private:
        const Image &next_image()
        {
            size_t bytes = 1 + (input_.byte() + 256u * input_.byte()) % (sector * image_sectors);
            images_.push_back(make_image(static_cast<uint32_t>(images_.size()), bytes, sector));
            return images_.back();
        }

        // Which of all images is in deploy, with nothing after it.
        const Image *running()
        {
            for (const Image &image : images_)
            {
                // Behind one that was flashed over serial there may be anything.
                bool is_flashed = flashed_ < images_.size() && &image == &images_[flashed_];

                if (is_flashed ? device_.deploy_begins_with(image) : device_.deploy_is(image))
                {
                    return &image;
                }
            }

            return nullptr;
        }

        // Over a trial; power is steady on a bench.
        void flash_over_serial()
        {
            uint32_t size = JB_IMAGE_HEADER_BYTES + input_.byte();
            images_.push_back(make_assemblies(static_cast<uint32_t>(1000 + images_.size()), {size, size + 1}));
            boot_in_peace();

            if (device_.record().state != JB_STATE_TRIAL)
            {
                images_.pop_back();
                return;
            }

            flashed_ = images_.size() - 1;
            device_.flash_over(images_.back());
            boot_in_peace();
            demand(device_.record().state == JB_STATE_NONE ? "" : "an image that was flashed over a trial does not end it");
        }

        bool is_way_back(const jb_boot_record &record)
        {
            auto first = device_.flash.region(JB_REGION_PREVIOUS).begin();
            Hash hash = hash_of(Image(first, first + static_cast<std::ptrdiff_t>(record.old_length)));
            return std::equal(hash.begin(), hash.end(), record.old_sha256);
        }

        // As managed code: a new image is staged only while nothing is under way.
        void release()
        {
            boot_in_peace();

            if (device_.record().state != JB_STATE_TRIAL)
            {
                device_.stage(next_image());
            }
        }

        // As managed code, which hashes what it runs from.
        void install()
        {
            const Image *runs = running();

            if (runs != nullptr)
            {
                device_.old_image = *runs;
            }

            device_.install();
        }

        Input &input_;
        bool may_forge_;
        BootDevice device_{sector, image_sectors};
        std::vector<Image> images_;
        size_t flashed_ = SIZE_MAX; // which of them was flashed over serial last
    };
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    Life life(input);

    for (int i = 0; i < 40 && !input.is_over(); i++)
    {
        life.go_on();
    }

    life.boot_in_peace();
    life.boot_in_peace();
    return 0;
}
