using JamBox.Text;

namespace JamBox.Reporting;

/// <summary>Writes a heartbeat as the JSON of WIRE.md: the predecessor's fields, then ours.</summary>
public sealed class HeartbeatWriter
{
    private static readonly byte[] s_device = Ascii.Bytes("{\"d\":\"");
    private static readonly byte[] s_version = Ascii.Bytes("\",\"v\":\"");
    private static readonly byte[] s_uptime = Ascii.Bytes("\",\"uptime\":");
    private static readonly byte[] s_cellRssi = Ascii.Bytes(",\"cell_rssi\":");
    private static readonly byte[] s_bootId = Ascii.Bytes(",\"b\":");
    private static readonly byte[] s_configVersion = Ascii.Bytes(",\"cv\":");
    private static readonly byte[] s_freeHeap = Ascii.Bytes(",\"hf\":");
    private static readonly byte[] s_resetReason = Ascii.Bytes(",\"rr\":\"");
    private static readonly byte[] s_update = Ascii.Bytes("\",\"ob\":\"");

    private readonly byte[] _deviceId;
    private readonly byte[] _version;
    private readonly byte[] _resetReason;
    private readonly int _bootId;

    /// <summary>Initializes a new instance of the <see cref="HeartbeatWriter"/> class.</summary>
    /// <param name="deviceId">The box's id, ASCII.</param>
    /// <param name="version">Version of the firmware, ASCII, at most 15 characters.</param>
    /// <param name="resetReason">Why the box started, a short ASCII word.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public HeartbeatWriter(byte[] deviceId, byte[] version, byte[] resetReason, int bootId)
    {
        _deviceId = deviceId;
        _version = version;
        _resetReason = resetReason;
        _bootId = bootId;
    }

    /// <summary>Writes a heartbeat.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="uptimeSeconds">Seconds since boot.</param>
    /// <param name="configVersion">Version of the configuration in force.</param>
    /// <param name="freeHeapBytes">Free bytes of the managed heap.</param>
    /// <param name="state">How things stand: the cell's signal, the update, and the command to be acknowledged.</param>
    public void Write(ByteWriter writer, long uptimeSeconds, int configVersion, int freeHeapBytes, SendState state)
    {
        writer.Bytes(s_device);
        writer.Bytes(_deviceId);
        writer.Bytes(s_version);
        writer.Bytes(_version);
        writer.Bytes(s_uptime);
        writer.Number(uptimeSeconds);
        writer.Bytes(s_cellRssi);
        writer.Number(state.CellRssiDbm);
        writer.Bytes(s_bootId);
        writer.Number(_bootId & 0xFFFFFFFFL);
        writer.Bytes(s_configVersion);
        writer.Number(configVersion);
        writer.Bytes(s_freeHeap);
        writer.Number(freeHeapBytes);
        writer.Bytes(s_resetReason);
        writer.Bytes(_resetReason);
        if (state.Update != null)
        {
            writer.Bytes(s_update);
            writer.Bytes(state.Update.Buffer, 0, state.Update.Length);
        }

        writer.Byte((byte)'"');
        state.WriteAck(writer);
        writer.Byte((byte)'}');
    }
}
