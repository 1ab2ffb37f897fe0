using JamBox.App;
using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Ota;
using JamBox.Ota.Nvs;
using JamBox.Provisioning;

namespace JamBox.Twin.Tests.Board;

/// <summary>
/// The image of <see cref="IdentityImage"/> is what the firmware finds its identity in: its own store and its own checks read it, from a
/// board whose partition <c>ident</c> holds what NVS has in the image.
/// </summary>
public sealed class IdentityImageTests
{
    private static readonly byte[] s_otaKey = [.. Enumerable.Range(1, IdentityImage.PublicKeyBytes).Select(i => (byte)i)];

    [Fact]
    public void TheFirmwareReadsAllOfIt()
    {
        IdentityImage image = new()
        {
            DeviceId = "JBNB0042",
            Token = "a-token",
            Host = "jambox.example.org",
            Port = 8080,
            Apn = "iot.example",
            Bands = "0,20,8",
            OtaKey = s_otaKey,
        };
        using BoardHost board = BoardFixture.Start(nvs: Flashed(image));
        NvsStore store = new();
        BoxIdentity identity = new(store);
        Assert.Null(identity.Problem);
        Assert.Equal("JBNB0042"u8.ToArray(), identity.DeviceId);
        Assert.Equal("a-token"u8.ToArray(), identity.Token);
        Assert.Equal("jambox.example.org"u8.ToArray(), identity.Host);
        Assert.Equal("iot.example"u8.ToArray(), identity.Apn);
        Assert.Equal(8080, identity.Port);
        Assert.False(identity.IsCellularOk);
        Assert.Equal("0,20,8"u8.ToArray(), new ProvisioningSettings(store).Bands);
        var key = new byte[IdentityImage.PublicKeyBytes];
        Assert.Equal(key.Length, store.Get(TrustedKeys.FirstKey, key));
        Assert.Equal(s_otaKey, key);
    }

    [Fact]
    public void WhatIsLeftOutIsTheFirmwaresDefault()
    {
        using BoardHost board = BoardFixture.Start(nvs: Flashed(new IdentityImage { DeviceId = "JBNB0042", Token = "t", Host = "h" }));
        BoxIdentity identity = new(new NvsStore());
        Assert.Null(identity.Problem);
        Assert.Equal(5000, identity.Port);
        Assert.Equal(BoxIdentity.DefaultApn, System.Text.Encoding.ASCII.GetString(identity.Apn));
    }

    /// <summary>The longest values that we write are the longest that the firmware takes: one more of each is refused here.</summary>
    [Fact]
    public void OurLimitsAreTheFirmwares()
    {
        IdentityImage longest = new()
        {
            DeviceId = new string('D', BoxIdentity.MaxDeviceIdBytes),
            Token = new string('t', BoxIdentity.MaxTokenBytes),
            Host = new string('h', Ports.ModemLimits.MaxHostBytes),
            Apn = new string('a', Ports.ModemLimits.MaxApnBytes),
            Port = 65535,
            Bands = "0," + new string('1', 58),
        };
        using BoardHost board = BoardFixture.Start(nvs: Flashed(longest));
        Assert.Null(new BoxIdentity(new NvsStore()).Problem);
        ProvisioningSettings settings = new(new NvsStore());
        Assert.False(settings.AreBandsDefault, "the firmware takes all 60 characters");
        Assert.False(settings.IsApnDefault);
        Refuse(longest.DeviceId + 'x', longest.Token, longest.Host, longest.Apn);
        Refuse(longest.DeviceId, longest.Token + 'x', longest.Host, longest.Apn);
        Refuse(longest.DeviceId, longest.Token, longest.Host + 'x', longest.Apn);
        Refuse(longest.DeviceId, longest.Token, longest.Host, longest.Apn + 'x');
    }

    [Fact]
    public void ItFitsThePartitionOfTheBoard()
    {
        string table = File.ReadAllText(Path.Combine(Root(), "Firmware.Atoms3", "Native", "esp32", "partitions_jambox_8mb.csv"));
        string row = table.Split('\n').Single(line => line.StartsWith("ident,", StringComparison.Ordinal));
        Assert.Equal(IdentityImage.AtomS3Length, Convert.ToInt32(row.Split(',')[4].Trim(), 16));
        Assert.Equal(NvsStore.Namespace, IdentityImage.Namespace);
    }

    private static void Refuse(string id, string token, string host, string apn)
    {
        Assert.Throws<NvsException>(() => new IdentityImage { DeviceId = id, Token = token, Host = host, Apn = apn }.ToImage());
    }

    private static BoardNvs Flashed(IdentityImage identity)
    {
        BoardNvs nvs = new();
        NvsImage image = NvsImage.Parse(identity.ToImage());
        Assert.Empty(image.Problems);
        foreach (NvsEntry entry in image.Entries)
        {
            if (entry.Type == NvsType.Text)
            {
                nvs.Store(NvsStore.IdentityPartition, entry.Namespace, entry.Key, entry.Text);
            }
            else
            {
                nvs.Store(NvsStore.IdentityPartition, entry.Namespace, entry.Key, entry.Bytes);
            }
        }

        return nvs;
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "nanoFramework.sln")))
        {
            folder = folder.Parent;
        }

        return folder!.FullName;
    }
}
