using JamBox.App;
using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Provisioning;

/// <summary>What provisioning needs to know from the store: access point name and bands, with defaults for the US.</summary>
public sealed class ProvisioningSettings
{
    /// <summary>Key of the bands, the arguments of <c>AT+QCBAND</c>: decimal numbers and commas.</summary>
    public const string BandsKey = "bands";

    /// <summary>Mode and bands of the US.</summary>
    public const string DefaultBands = "0,2,4,12,13,66";

    private const int MaxApnLength = 63;
    private const int MaxBandsLength = 60;

    /// <summary>Reads it from the store.</summary>
    /// <param name="store">Where the bench tool wrote them.</param>
    public ProvisioningSettings(IKeyValueStore store)
    {
        byte[] apn = Read(store, BoxIdentity.ApnKey, MaxApnLength);
        byte[] bands = Read(store, BandsKey, MaxBandsLength);
        Apn = IsApn(apn) ? apn : Ascii.Bytes(BoxIdentity.DefaultApn);
        Bands = IsBands(bands) ? bands : Ascii.Bytes(DefaultBands);
        IsApnDefault = !IsApn(apn);
        AreBandsDefault = !IsBands(bands);
    }

    /// <summary>Gets the access point name.</summary>
    public byte[] Apn { get; }

    /// <summary>Gets the arguments of <c>AT+QCBAND</c>.</summary>
    public byte[] Bands { get; }

    /// <summary>Gets a value indicating whether the store had no access point name, or none that can be used.</summary>
    public bool IsApnDefault { get; }

    /// <summary>Gets a value indicating whether the store had no bands, or none that can be used.</summary>
    public bool AreBandsDefault { get; }

    private static byte[] Read(IKeyValueStore store, string key, int maxLength)
    {
        // NVS gives a text out only where there is room for its final zero too.
        var buffer = new byte[maxLength + 1];
        int length = store.Get(key, buffer);
        var value = new byte[length < 0 || length > maxLength ? 0 : length];
        System.Array.Copy(buffer, value, value.Length);
        return value;
    }

    /// <summary>What stands between quotation marks in a command must not end them.</summary>
    private static bool IsApn(byte[] value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] <= (byte)' ' || value[i] > (byte)'~' || value[i] == (byte)'"')
            {
                return false;
            }
        }

        return value.Length > 0;
    }

    private static bool IsBands(byte[] value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (!Ascii.IsDigit(value[i]) && value[i] != (byte)',')
            {
                return false;
            }
        }

        return value.Length > 0 && Ascii.IsDigit(value[0]) && Ascii.IsDigit(value[value.Length - 1]);
    }
}
