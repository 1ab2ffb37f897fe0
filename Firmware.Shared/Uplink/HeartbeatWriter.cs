using JamBox.Ports;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Uplink;

/// <summary>Writes a heartbeat as the JSON of docs/wire.md: the predecessor's fields, then ours.</summary>
public sealed class HeartbeatWriter
{
    private const int MaxWord = 15;

    private readonly byte[] _deviceId;
    private readonly byte[] _version;
    private readonly byte[] _hardware;
    private readonly Health _health;
    private readonly int _bootId;

    /// <param name="deviceId">The box's id, ASCII.</param>
    /// <param name="version">Version of the firmware, ASCII, at most 15 characters.</param>
    /// <param name="hardware">The board that the firmware is for, ASCII, at most 15 characters.</param>
    /// <param name="health">Counters; those that are not 0 are written.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public HeartbeatWriter(byte[] deviceId, byte[] version, byte[] hardware, Health health, int bootId)
    {
        _deviceId = deviceId;
        _version = version;
        _hardware = hardware;
        _health = health;
        _bootId = bootId;
    }

    /// <summary>Writes a heartbeat.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="uptimeSeconds">Seconds since boot.</param>
    /// <param name="configVersion">Version of the configuration in force.</param>
    /// <param name="system">The chip: heap, reset reason, and the part of the board that does not work.</param>
    /// <param name="state">How things stand: the cell's signal, the update, and the command to be acknowledged.</param>
    public void Write(ByteWriter writer, long uptimeSeconds, int configVersion, ISystem system, SendState state)
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
        writer.Number(system.FreeHeapBytes);
        writer.Text(",\"hw\":\"");
        writer.Bytes(_hardware);
        writer.Text("\",\"rr\":\"");
        WriteWord(writer, system.ResetReason);
        if (system.BoardFault != null)
        {
            writer.Text("\",\"bf\":\"");
            WriteWord(writer, system.BoardFault);
        }

        if (state.Update != null)
        {
            writer.Text("\",\"ob\":\"");
            writer.Bytes(state.Update.Buffer, 0, state.Update.Length);
        }

        if (state.Fleet != null)
        {
            writer.Text("\",\"ks\":\"");
            state.Fleet.WriteKeys(writer);
            writer.Text("\",\"fl\":\"");
            state.Fleet.WriteFloor(writer);
        }

        writer.Byte((byte)'"');
        WriteCounters(writer);
        state.WriteAck(writer);
        writer.Byte((byte)'}');
    }

    /// <summary>A word that comes from outside of this library; what would end it early, or is no ASCII, is replaced.</summary>
    private static void WriteWord(ByteWriter writer, string word)
    {
        int length = word.Length < MaxWord ? word.Length : MaxWord;
        for (int i = 0; i < length; i++)
        {
            char value = word[i];
            writer.Byte(value > 32 && value < 127 && value != '"' && value != '\\' ? (byte)value : (byte)'?');
        }
    }

    private void WriteCounters(ByteWriter writer)
    {
        bool isFirst = true;
        for (int counter = 0; counter < Health.Counters; counter++)
        {
            int value = _health.Value(counter);
            string name = NameOf(counter);
            if (value != 0 && name != null)
            {
                writer.Text(isFirst ? ",\"hc\":{\"" : ",\"");
                writer.Text(name);
                writer.Text("\":");
                writer.Number(value);
                isFirst = false;
            }
        }

        if (!isFirst)
        {
            writer.Byte((byte)'}');
        }
    }

    /// <summary>Names of docs/wire.md: they are stored by the backend under these, so that they must not change.</summary>
    /// <param name="counter">A counter of <see cref="Health"/>.</param>
    /// <returns>The name, or <c>null</c> for one that is not sent.</returns>
    internal static string NameOf(int counter)
    {
        switch (counter)
        {
            case Health.BleRestarts:
                return "br";
            case Health.BleSlicesSkipped:
                return "bs";
            case Health.WifiRestarts:
                return "wr";
            case Health.LastResortResets:
                return "lr";
            case Health.LastResortReboots:
                return "lb";
            case Health.MemoryReboots:
                return "mb";
            case Health.LogRecordsSkipped:
                return "ls";
            case Health.StoreRefusals:
                return "sr";
            case Health.LogRefusals:
                return "lf";
            case Health.AnswersNotAuthentic:
                return "am";
            case Health.UpdateKilobytes:
                return "ub";
            case Health.UpdateApplies:
                return "ua";
            case Health.UpdateErases:
                return "ue";
            case Health.UpdateLifeErases:
                return "ul";
            default:
                return null;
        }
    }
}
