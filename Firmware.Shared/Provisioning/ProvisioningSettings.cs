using JamBox.App;
using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Provisioning;

/// <summary>What provisioning needs to know from the store: access point name and bands, with defaults for the US.</summary>
public sealed class ProvisioningSettings
{
    /// <summary>Key of the bands, the arguments of <c>AT+QCBAND</c>: decimal numbers and commas.</summary>
    public const string BandsKey = "bands";

    /// <summary>Key of the flag that provisioning leaves: one byte, 1.</summary>
    public const string CellularOkKey = "cellular_ok";

    /// <summary>Mode and bands of the US.</summary>
    public const string DefaultBands = "0,2,4,12,13,66";

    /// <summary>The access point name of the SIM cards that we ship.</summary>
    public const string DefaultApn = "hologram";

    private const int MaxApnLength = 63;
    private const int MaxBandsLength = 60;

    /// <summary>Reads it from the store.</summary>
    /// <param name="store">Where the bench tool wrote them.</param>
    public ProvisioningSettings(IKeyValueStore store)
    {
        byte[] apn = Read(store, BoxIdentity.ApnKey, MaxApnLength);
        byte[] bands = Read(store, BandsKey, MaxBandsLength);
        Apn = IsApn(apn) ? apn : Ascii.Bytes(DefaultApn);
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

    /// <summary>Tells whether the modem was provisioned.</summary>
    /// <param name="store">Where the flag is.</param>
    /// <returns><c>true</c> when it is set.</returns>
    public static bool IsCellularOk(IKeyValueStore store)
    {
        var flag = new byte[1];
        return store.Get(CellularOkKey, flag) == 1 && flag[0] == 1;
    }

    /// <summary>Sets or removes the flag.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="isOk">Whether it is to be set.</param>
    /// <returns><c>false</c> when the store refused, or did not keep it.</returns>
    public static bool SetCellularOk(IKeyValueStore store, bool isOk)
    {
        var flag = new byte[] { 1 };
        return store.Set(CellularOkKey, flag, isOk ? 1 : 0) && IsCellularOk(store) == isOk;
    }

    private static byte[] Read(IKeyValueStore store, string key, int maxLength)
    {
        var buffer = new byte[maxLength];
        int length = store.Get(key, buffer);
        var value = new byte[length < 0 ? 0 : length];
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
