using System.Globalization;

namespace JamBox.Ota.Nvs;

/// <summary>
/// Who a box is and whom it talks to, as its partition <c>ident</c> has it: namespace <c>jambox</c>, texts as text, keys as blobs, in this
/// order. What a box could not use is refused here: it would only say so on its serial port. Holds a token: keep it out of logs and files.
/// </summary>
public sealed class IdentityImage
{
    /// <summary>The namespace, the same that the firmware opens.</summary>
    public const string Namespace = "jambox";

    /// <summary>Size of the partition <c>ident</c> of the AtomS3 Lite, bytes.</summary>
    public const int AtomS3Length = 0x6000;

    /// <summary>Bytes of a public key of releases: X, then Y.</summary>
    public const int PublicKeyBytes = 64;

    /// <summary>Bytes of the key with which a box and the server check each other's messages.</summary>
    public const int MacKeyBytes = 32;

    // The firmware's limits (BoxIdentity, ModemLimits, ProvisioningSettings).
    private const int MaxDeviceIdBytes = 16;
    private const int MaxTokenBytes = 128;
    private const int MaxHostBytes = 100;
    private const int MaxApnBytes = 63;
    private const int MaxBandsBytes = 60;

    /// <summary>Gets the device id, 1…16 characters.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets the bearer token, 1…128 characters.</summary>
    public required string Token { get; init; }

    /// <summary>Gets the key of messages, 32 bytes; <c>null</c> for none.</summary>
    public byte[]? MacKey { get; init; }

    /// <summary>Gets the backend's host, a name or an address, 1…100 characters.</summary>
    public required string Host { get; init; }

    /// <summary>Gets the backend's port, 1…65535; <c>null</c> for the firmware's default.</summary>
    public int? Port { get; init; }

    /// <summary>Gets the access point name of the SIM, 1…63 characters; <c>null</c> for the firmware's default.</summary>
    public string? Apn { get; init; }

    /// <summary>Gets the bands, digits and commas, 1…60 characters; <c>null</c> for the firmware's default.</summary>
    public string? Bands { get; init; }

    /// <summary>Gets the public key of releases, 64 bytes; <c>null</c> when the box is to take no updates.</summary>
    public byte[]? OtaKey { get; init; }

    /// <summary>Gets the public key of releases that may follow, 64 bytes; <c>null</c> for none.</summary>
    public byte[]? OtaKey2 { get; init; }

    /// <summary>Gets the public key of recovery, 64 bytes; <c>null</c> for none.</summary>
    public byte[]? RecoveryKey { get; init; }

    /// <summary>Makes the partition.</summary>
    /// <param name="length">Its size in bytes, as the partition table of the platform says.</param>
    /// <returns>The image.</returns>
    /// <exception cref="NvsException">A value is none that a box can use, or they do not fit.</exception>
    public byte[] ToImage(int length = AtomS3Length)
    {
        NvsWriter writer = new NvsWriter(length).Namespace(Namespace);
        AddText(writer, "device_id", DeviceId, MaxDeviceIdBytes);
        AddText(writer, "token", Token, MaxTokenBytes);
        AddKey(writer, "mac_key", MacKey, MacKeyBytes);
        AddText(writer, "host", Host, MaxHostBytes);
        if (Port is { } port)
        {
            if (port is < 1 or > 65535)
            {
                throw new NvsException("'port' must be 1 to 65535");
            }

            writer.Text("port", port.ToString(CultureInfo.InvariantCulture));
        }

        AddText(writer, "apn", Apn, MaxApnBytes);
        if (Bands?.AsSpan().ContainsAnyExcept("0123456789,") == true)
        {
            throw new NvsException("'bands' must be digits and commas, such as 0,2,4,12");
        }

        AddText(writer, "bands", Bands, MaxBandsBytes);
        AddKey(writer, "ota_key", OtaKey, PublicKeyBytes);
        AddKey(writer, "ota_key2", OtaKey2, PublicKeyBytes);
        AddKey(writer, "recovery_key", RecoveryKey, PublicKeyBytes);
        return writer.ToImage();
    }

    private static void AddText(NvsWriter writer, string key, string? value, int maxBytes)
    {
        if (value is null)
        {
            return;
        }

        if (value.Length == 0 || value.Length > maxBytes)
        {
            throw new NvsException($"'{key}' must have 1 to {maxBytes} characters; it has {value.Length}");
        }

        // They go between quotation marks, or into the head of a request.
        if (value.AsSpan().ContainsAnyExceptInRange('!', '~') || value.AsSpan().ContainsAny('"', '\\'))
        {
            throw new NvsException($"'{key}' must be printable ASCII without blanks, quotation marks and backslashes");
        }

        writer.Text(key, value);
    }

    private static void AddKey(NvsWriter writer, string key, byte[]? value, int bytes)
    {
        if (value is null)
        {
            return;
        }

        if (value.Length != bytes)
        {
            throw new NvsException($"'{key}' must have {bytes} bytes; it has {value.Length}");
        }

        writer.Blob(key, value);
    }
}
