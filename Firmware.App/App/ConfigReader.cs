using System;
using JamBox.Counting;
using JamBox.Text;

namespace JamBox.App;

/// <summary>
/// Reads the answer to <c>GET /api/config</c>. Version, interval and the six thresholds must be there; heartbeat interval, channels
/// and geolocation keep their values when they are not. One value that is missing, of the wrong type or out of range, and nothing of
/// the answer is used.
/// </summary>
public sealed class ConfigReader
{
    private const int MaxChannelText = 64;

    private readonly JsonScanner _json;
    private string _invalidField;

    /// <param name="scanner">Finds the values; free again when <see cref="Read"/> returns.</param>
    public ConfigReader(JsonScanner scanner)
    {
        _json = scanner;
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="body">The buffer.</param>
    /// <param name="length">Bytes of the answer, from index 0.</param>
    /// <param name="config">The configuration in force; changed, and of no use any more when a field is invalid.</param>
    /// <returns>The name of the first field that cannot be used, or <c>null</c> when all can.</returns>
    public string Read(byte[] body, int length, BoxConfig config)
    {
        while (length > 0 && body[length - 1] <= (byte)' ')
        {
            length--;
        }

        if (length == 0 || body[length - 1] != (byte)'}')
        {
            // Cut off, although every value that is needed may be there.
            return "the end";
        }

        _json.Set(body, 0, length);
        _invalidField = null;
        config.Version = Number("config_version");
        config.ReportIntervalMs = Number("report_interval_ms");
        ReadThresholds(config.Thresholds);
        if (_json.Has("heartbeat_interval_ms"))
        {
            config.HeartbeatIntervalMs = Number("heartbeat_interval_ms");
        }

        if (_json.TryGetBool("geolocation_on_boot", out bool isOnBoot))
        {
            config.GeolocationOnBoot = isOnBoot;
        }
        else if (_json.Has("geolocation_on_boot"))
        {
            _invalidField = _invalidField ?? "geolocation_on_boot";
        }

        if (_json.Has("wifi_channels"))
        {
            ReadChannels(config);
        }

        return _invalidField ?? config.InvalidField();
    }

    private void ReadThresholds(Thresholds thresholds)
    {
        thresholds.ImmediateDbm = Number("rssi_immediate_threshold");
        thresholds.NearDbm = Number("rssi_near_threshold");
        thresholds.FarDbm = Number("rssi_far_threshold");
        thresholds.ShortMinutes = Number("dwell_short_threshold");
        thresholds.MediumMinutes = Number("dwell_medium_threshold");
        thresholds.LongMinutes = Number("dwell_long_threshold");
    }

    private int Number(string name)
    {
        if (!_json.TryGetInt(name, out int value) && _invalidField == null)
        {
            _invalidField = name;
        }

        return value;
    }

    /// <summary>Reads <c>[1,6,11]</c>, the value that the scanner found last.</summary>
    private void ReadChannels(BoxConfig config)
    {
        byte[] text = _json.Buffer;
        int at = _json.ValueOffset;
        int end = at + _json.ValueLength;
        var channels = new byte[BoxConfig.MaxChannels];
        int count = 0;
        bool isList = _json.ValueLength <= MaxChannelText && text[at] == (byte)'[';
        while (isList && text[at] != (byte)']')
        {
            at = SkipBlanks(text, at + 1, end);
            isList = count < channels.Length && Ascii.TryReadInt(text, ref at, end, out int channel) && TryAdd(
                channels, ref count, channel);
            at = SkipBlanks(text, at, end);
            isList = isList && at < end && (text[at] == (byte)',' || text[at] == (byte)']');
        }

        if (!isList)
        {
            _invalidField = _invalidField ?? "wifi_channels";
            return;
        }

        var list = new byte[count];
        Array.Copy(channels, list, count);
        config.WifiChannels = list;
    }

    private static bool TryAdd(byte[] channels, ref int count, int channel)
    {
        if (channel < 1 || channel > 13)
        {
            return false;
        }

        channels[count++] = (byte)channel;
        return true;
    }

    private static int SkipBlanks(byte[] text, int at, int end)
    {
        while (at < end && text[at] <= (byte)' ')
        {
            at++;
        }

        return at;
    }
}
