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

    private readonly byte[] _buffer = new byte[MaxLength];

    /// <summary>Initializes a new instance of the <see cref="BoxIdentity"/> class from the store.</summary>
    /// <param name="store">Where provisioning wrote it.</param>
    public BoxIdentity(IKeyValueStore store)
    {
        DeviceId = Read(store, DeviceIdKey);
        Token = Read(store, TokenKey);
        Host = Read(store, HostKey);
        Apn = Read(store, ApnKey);
        if (Apn.Length == 0)
        {
            Apn = Ascii.Bytes("hologram");
        }

        IsCellularOk = ProvisioningSettings.IsCellularOk(store);
        byte[] port = Read(store, PortKey);
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

    private byte[] Read(IKeyValueStore store, string key)
    {
        int length = store.Get(key, _buffer);
        var value = new byte[length < 0 ? 0 : length];
        System.Array.Copy(_buffer, value, value.Length);
        return value;
    }
}
