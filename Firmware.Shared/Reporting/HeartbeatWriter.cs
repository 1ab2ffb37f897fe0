using JamBox.Text;

namespace JamBox.Reporting;

/// <summary>Writes a heartbeat as the JSON of WIRE.md: the predecessor's fields, then ours.</summary>
public sealed class HeartbeatWriter
{
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
        writer.Text("{\"d\":\"");
        writer.Bytes(_deviceId);
        writer.Text("\",\"v\":\"");
        writer.Bytes(_version);
        writer.Text("\",\"uptime\":");
        writer.Number(uptimeSeconds);
        writer.Text(",\"cell_rssi\":");
        writer.Number(state.CellRssiDbm);
        writer.Text(",\"b\":");
        writer.Number(_bootId & 0xFFFFFFFFL);
        writer.Text(",\"cv\":");
        writer.Number(configVersion);
        writer.Text(",\"hf\":");
        writer.Number(freeHeapBytes);
        writer.Text(",\"rr\":\"");
        writer.Bytes(_resetReason);
        if (state.Update != null)
        {
            writer.Text("\",\"ob\":\"");
            writer.Bytes(state.Update.Buffer, 0, state.Update.Length);
        }

        writer.Byte((byte)'"');
        state.WriteAck(writer);
        writer.Byte((byte)'}');
    }
}
