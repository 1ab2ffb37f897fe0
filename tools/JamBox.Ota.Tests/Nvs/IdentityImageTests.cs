using JamBox.Ota.Nvs;

namespace JamBox.Tests.Ota.Nvs;

/// <summary>
/// Tests of <see cref="IdentityImage"/>. That the firmware finds what it needs in it is tested with the firmware's own store.
/// </summary>
public sealed class IdentityImageTests
{
    [Fact]
    public void AllOfItIsInTheImage()
    {
        NvsImage image = NvsImage.Parse(Make(apn: "hologram", bands: "0,2,4").ToImage());
        Assert.Equal(
            ["device_id", "token", "mac_key", "host", "port", "apn", "bands", "ota_key", "ota_key2", "recovery_key"],
            image.Entries.Select(entry => entry.Key));
        Assert.Equal("JBNB0001", image.Find("jambox", "device_id")!.Text);
        Assert.Equal("5000", image.Find("jambox", "port")!.Text);
        Assert.Equal(NvsType.Blob, image.Find("jambox", "ota_key")!.Type);
    }

    [Fact]
    public void WhatIsNotGivenIsNotThere()
    {
        byte[] image = new IdentityImage { DeviceId = "JBNB0001", Token = "t", Host = "h" }.ToImage();
        Assert.Equal(IdentityImage.AtomS3Length, image.Length);
        Assert.Equal(["device_id", "token", "host"], NvsImage.Parse(image).Entries.Select(entry => entry.Key));
    }

    [Theory]
    [InlineData("'device_id' must have 1 to 16 characters; it has 17", "JBNB0001234567890")]
    [InlineData("'device_id' must have 1 to 16 characters; it has 0", "")]
    [InlineData("'device_id' must be printable ASCII without blanks", "JBNB 001")]
    [InlineData("'token' must be printable ASCII without blanks", "JBNB0001", "a\"b")]
    [InlineData("'token' must be printable ASCII without blanks", "JBNB0001", "a\nb")]
    [InlineData("'host' must be printable ASCII without blanks", "JBNB0001", "t", "bücher.example")]
    [InlineData("'port' must be 1 to 65535", "JBNB0001", "t", "h", 65536)]
    [InlineData("'apn' must have 1 to 63 characters", "JBNB0001", "t", "h", 1, "")]
    [InlineData("'bands' must be digits and commas", "JBNB0001", "t", "h", 1, "a", "0;2")]
    public void WhatABoxCannotUseIsRefused(
        string message, string id, string token = "t", string host = "h", int port = 1, string apn = "a", string bands = "0")
    {
        IdentityImage identity = new() { DeviceId = id, Token = token, Host = host, Port = port, Apn = apn, Bands = bands };
        NvsException e = Assert.Throws<NvsException>(() => identity.ToImage());
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyOfAnotherLengthIsRefused()
    {
        IdentityImage identity = new() { DeviceId = "JBNB0001", Token = "t", Host = "h", OtaKey = new byte[65] };
        Assert.Equal("'ota_key' must have 64 bytes; it has 65", Assert.Throws<NvsException>(() => identity.ToImage()).Message);
    }

    private static IdentityImage Make(string? apn, string? bands) => new()
    {
        DeviceId = "JBNB0001",
        Token = "token",
        MacKey = NvsCases.Bytes(IdentityImage.MacKeyBytes),
        Host = "jambox.example.org",
        Port = 5000,
        Apn = apn,
        Bands = bands,
        OtaKey = NvsCases.Bytes(IdentityImage.PublicKeyBytes),
        OtaKey2 = NvsCases.Bytes(IdentityImage.PublicKeyBytes),
        RecoveryKey = NvsCases.Bytes(IdentityImage.PublicKeyBytes),
    };
}
