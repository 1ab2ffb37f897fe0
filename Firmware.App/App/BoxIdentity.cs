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

    /// <summary>Key of the SIM's access point name; <see cref="DefaultApn"/> when absent.</summary>
    public const string ApnKey = "apn";

    /// <summary>Key of the key that answers are authenticated with, 32 bytes; without it they are not.</summary>
    public const string MacKeyKey = "mac_key";

    /// <summary>Key of the flag that provisioning leaves: one byte, 1.</summary>
    public const string CellularOkKey = "cellular_ok";

    /// <summary>The access point name of the SIM cards that we ship.</summary>
    public const string DefaultApn = "hologram";

    /// <summary>Port of the backend when there is no <see cref="PortKey"/>.</summary>
    public const int DefaultPort = 5000;

    /// <summary>Longest device id, bytes: it is twice in the path of the configuration.</summary>
    public const int MaxDeviceIdBytes = 16;

    /// <summary>Longest token, bytes: it is in every request.</summary>
    public const int MaxTokenBytes = 128;

    private const int MaxStoredBytes = 256;

    /// <summary>Reads it from the store.</summary>
    /// <param name="store">Where provisioning wrote it.</param>
    public BoxIdentity(IKeyValueStore store)
    {
        var buffer = new byte[MaxStoredBytes];
        DeviceId = Read(store, DeviceIdKey, buffer);
        Token = Read(store, TokenKey, buffer);
        Host = Read(store, HostKey, buffer);
        MacKey = Read(store, MacKeyKey, buffer);
        Apn = Read(store, ApnKey, buffer);
        if (Apn.Length == 0)
        {
            Apn = Ascii.Bytes(DefaultApn);
        }

        IsCellularOk = ReadCellularOk(store);
        byte[] port = Read(store, PortKey, buffer);
        int offset = 0;
        bool isPort = Ascii.TryReadInt(port, ref offset, port.Length, out int number) && offset == port.Length && number > 0
            && number <= 65535;
        Port = isPort ? number : (port.Length == 0 ? DefaultPort : 0);
    }

    /// <summary>Gets the device id; empty when missing.</summary>
    public byte[] DeviceId { get; }

    /// <summary>Gets the bearer token; empty when missing.</summary>
    public byte[] Token { get; }

    /// <summary>Gets the key that answers are authenticated with; empty when missing, of no use when it has not 32 bytes.</summary>
    public byte[] MacKey { get; }

    /// <summary>Gets the backend's host; empty when missing.</summary>
    public byte[] Host { get; }

    /// <summary>Gets the backend's port.</summary>
    public int Port { get; }

    /// <summary>Gets the access point name.</summary>
    public byte[] Apn { get; }

    /// <summary>Gets a value indicating whether provisioning has seen the modem come up.</summary>
    public bool IsCellularOk { get; }

    /// <summary>
    /// Gets what keeps the box from talking to the backend, such as <c>'host' is missing</c>; <c>null</c> when it is provisioned.
    /// </summary>
    public string Problem =>
        ProblemOf(DeviceIdKey, DeviceId, MaxDeviceIdBytes) ?? ProblemOf(TokenKey, Token, MaxTokenBytes) ?? AddressProblem;

    /// <summary>
    /// Gets the same about host, port and access point name alone; <c>null</c> when they can be used, a host that is missing is a problem
    /// too.
    /// </summary>
    public string AddressProblem =>
        ProblemOf(HostKey, Host, ModemLimits.MaxHostBytes) ?? PortProblem ?? ProblemOf(ApnKey, Apn, ModemLimits.MaxApnBytes);

    private string PortProblem => Port == 0 ? "'" + PortKey + "' is no number from 1 to 65535" : null;

    /// <summary>Tells whether the modem was provisioned.</summary>
    /// <param name="store">Where the flag is.</param>
    /// <returns><c>true</c> when it is set.</returns>
    public static bool ReadCellularOk(IKeyValueStore store)
    {
        var flag = new byte[1];
        return store.Get(CellularOkKey, flag) == 1 && flag[0] == 1;
    }

    /// <summary>Sets or removes the flag.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="isOk">Whether it is to be set.</param>
    /// <returns><c>false</c> when the store refused, or did not keep it.</returns>
    public static bool WriteCellularOk(IKeyValueStore store, bool isOk)
    {
        var flag = new byte[] { 1 };
        return store.Set(CellularOkKey, flag, isOk ? 1 : 0) && ReadCellularOk(store) == isOk;
    }

    /// <summary>
    /// They all go between quotation marks or into the head of a request: blanks, quotation marks and ends of line would end them there.
    /// </summary>
    private static string ProblemOf(string key, byte[] value, int maxBytes)
    {
        if (value.Length == 0)
        {
            return "'" + key + "' is missing";
        }

        if (value.Length > maxBytes)
        {
            return "'" + key + "' is longer than " + maxBytes.ToString() + " bytes";
        }

        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] <= (byte)' ' || value[i] > (byte)'~' || value[i] == (byte)'"' || value[i] == (byte)'\\')
            {
                return "'" + key + "' has a character that cannot be sent";
            }
        }

        return null;
    }

    private static byte[] Read(IKeyValueStore store, string key, byte[] buffer)
    {
        int length = store.Get(key, buffer);
        var value = new byte[length < 0 ? 0 : length];
        System.Array.Copy(buffer, value, value.Length);
        return value;
    }
}
