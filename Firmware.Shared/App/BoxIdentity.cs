using JamBox.Ports;
using JamBox.Text;

namespace JamBox.App;

/// <summary>
/// Who the box is and whom it talks to; provisioning writes it, nothing else does. The token exists here and in the Authorization
/// header, nowhere else.
/// </summary>
public sealed class BoxIdentity
{
    /// <summary>Key of the device id, <c>JBNB</c> and four digits.</summary>
    public const string DeviceIdKey = "device_id";

    /// <summary>Key of the bearer token, ASCII.</summary>
    public const string TokenKey = "token";

    /// <summary>Key of the backend's host, a name or an address, ASCII.</summary>
    public const string HostKey = "host";

    /// <summary>Key of the backend's port, decimal; 5000 when absent.</summary>
    public const string PortKey = "port";

    /// <summary>Key of the SIM's access point name; <c>hologram</c> when absent.</summary>
    public const string ApnKey = "apn";

    private const int DefaultPort = 5000;
    private const int MaxLength = 128;

    /// <summary>Initializes a new instance of the <see cref="BoxIdentity"/> class from the store.</summary>
    /// <param name="store">Where provisioning wrote it.</param>
    public BoxIdentity(IKeyValueStore store)
    {
        var buffer = new byte[MaxLength];
        DeviceId = Read(store, DeviceIdKey, buffer);
        Token = Read(store, TokenKey, buffer);
        Host = Read(store, HostKey, buffer);
        Apn = Read(store, ApnKey, buffer);
        if (Apn.Length == 0)
        {
            Apn = Ascii.Bytes("hologram");
        }

        IsCellularOk = ProvisioningSettings.IsCellularOk(store);
        byte[] port = Read(store, PortKey, buffer);
        int offset = 0;
        Port = Ascii.TryReadInt(port, ref offset, port.Length, out int number) && number > 0 && number <= 65535 ? number : DefaultPort;
    }

    /// <summary>Gets the device id; empty when missing.</summary>
    public byte[] DeviceId { get; }

    /// <summary>Gets the bearer token; empty when missing.</summary>
    public byte[] Token { get; }

    /// <summary>Gets the backend's host; empty when missing.</summary>
    public byte[] Host { get; }

    /// <summary>Gets the backend's port.</summary>
    public int Port { get; }

    /// <summary>Gets the access point name.</summary>
    public byte[] Apn { get; }

    /// <summary>Gets a value indicating whether provisioning has seen the modem come up.</summary>
    public bool IsCellularOk { get; }

    /// <summary>Gets the key that is missing, or <c>null</c> when the box is provisioned.</summary>
    public string MissingKey => DeviceId.Length == 0 ? DeviceIdKey : (Token.Length == 0 ? TokenKey : (Host.Length == 0 ? HostKey : null));

    private static byte[] Read(IKeyValueStore store, string key, byte[] buffer)
    {
        int length = store.Get(key, buffer);
        var value = new byte[length < 0 ? 0 : length];
        System.Array.Copy(buffer, value, value.Length);
        return value;
    }
}
