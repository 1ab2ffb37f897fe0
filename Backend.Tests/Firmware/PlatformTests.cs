using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Firmware;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>The platforms, and the versions of what is built for them.</summary>
public sealed class PlatformTests
{
    [Theory]
    [InlineData("esp32", "ESP32", 0x1000, 0x10000)]
    [InlineData("esp32c3", "ESP32-C3", 0, 0x10000)]
    [InlineData("esp32s3", "ESP32-S3", 0, 0x10000)]
    [InlineData("nano-esp32s3", "ESP32-S3", 0, 0x10000)]
    [InlineData("esp12f", "ESP8266", 0, 0)]
    [InlineData("esp01", "ESP8266", 0, 0)]
    [InlineData("d1mini", "ESP8266", 0, 0)]
    public void ThoseThatEverybodyHas(string name, string family, int bootloader, int app)
    {
        Platform platform = Table().Find(name)!;
        Assert.Equal((family, bootloader, app), (platform.ChipFamily, platform.BootloaderOffset, platform.AppOffset));
    }

    [Theory]
    [InlineData("esp8266", "esp12f")]
    [InlineData("ESP32-S3", "esp32s3")]
    [InlineData("ESP-12F", "esp12f")]
    [InlineData("Wemos D1 Mini", "d1mini")]
    [InlineData(" wemos d1 mini ", "d1mini")]
    [InlineData("esp32", "esp32")]
    public void BoardTextsAndAliasesMeanAPlatform(string text, string name) => Assert.Equal(name, Table().Resolve(text)!.Name);

    [Fact]
    public void ARefusalNamesTheCanonicalOne()
    {
        Assert.Equal("platform: esp8266 is called esp12f here", Table().Refuse("esp8266"));
        Assert.StartsWith(
            "platform: avr is not known; there are d1mini, esp01, esp12f, esp32, ", Table().Refuse("avr"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheConfigurationAddsAndChanges()
    {
        PlatformTable table = new(new Dictionary<string, PlatformSettings>
        {
            ["esp32h2"] = new() { ChipFamily = "ESP32-H2", ChipId = 16, Boards = { "Bell of 2025" } },
            ["esp32"] = new() { AppOffset = 0x20000 },
            ["sonoff"] = new() { ChipFamily = "ESP8266", ChipId = -1 },
        });
        Assert.Equal("esp32h2", table.Resolve("bell of 2025")!.Name);
        Assert.Equal((0x1000, 0x20000), (table.Find("esp32")!.BootloaderOffset, table.Find("esp32")!.AppOffset));
        Assert.True(table.Find("sonoff")!.IsEsp8266);
        Assert.Equal(0, table.Find("sonoff")!.AppOffset);
    }

    [Fact]
    public void AWrongConfigurationIsRefusedByName()
    {
        Expect("'new' needs ChipFamily, such as ESP32-C6.", "new", new());
        Expect("'esp32' has an offset that is negative, above 64 MB, or no multiple of 4096.", "esp32", new() { AppOffset = 1 });
        Expect("'esp32' ChipId must be from -1 to 65534.", "esp32", new() { ChipId = 70_000 });

        static void Expect(string fault, string name, PlatformSettings settings)
        {
            FirmwareOptions options = new() { Platforms = { [name] = settings } };
            Assert.Equal(fault, Assert.Single(options.Validate(new ValidationContext(options))).ErrorMessage);
        }
    }

    [Theory]
    [InlineData("v1.2.3", "1.2.3", 0)]
    [InlineData("v1.2.10", "v1.2.9", 1)]
    [InlineData("2025.11.19.1", "2025.11.19", 1)]
    [InlineData("2025.9.1.1", "2025.11.19.1", -1)]
    [InlineData("v1.0.0", "v0.999999999.0", 1)]
    public void VersionsAreComparedAsNumbers(string one, string other, int order)
    {
        ReleaseVersion a = ReleaseVersion.Parse(one)!;
        ReleaseVersion b = ReleaseVersion.Parse(other)!;
        Assert.Equal(order, Math.Sign(string.CompareOrdinal(a.Key, b.Key)));
        Assert.Equal(order > 0, a.IsAfter(b));
        Assert.Equal(order == 0, ReleaseVersion.IsSame(one, other));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("v")]
    [InlineData("1")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1..3")]
    [InlineData("1.2.3-b1")]
    [InlineData("1.2.1234567890")]
    [InlineData("1.2.+3")]
    [InlineData("vv1.2.3")]
    [InlineData("1.2.٣")]
    public void WhatIsNoVersionIsNone(string? text) => Assert.Null(ReleaseVersion.Parse(text));

    private static PlatformTable Table() => new(new Dictionary<string, PlatformSettings>());
}
