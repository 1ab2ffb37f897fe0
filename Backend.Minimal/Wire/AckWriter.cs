using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Unicode;

using JamBox.Backend.Commands;

namespace JamBox.Backend.Wire;

/// <summary>Writes what devices are told when all went well.</summary>
internal static class AckWriter
{
    /// <summary>
    /// Room for the longest: status, time, version, and what commands and notes will add. The whole answer stays within 300.
    /// </summary>
    private const int MaxBytes = 200;

    private static readonly byte[] s_duplicate = ",\"note\":\"duplicate_ignored\""u8.ToArray();

    /// <summary>Makes <c>{"status":"ok","server_time":"…","config_version":3}</c>.</summary>
    /// <param name="status">200 or 201.</param>
    /// <param name="now">The server's time; devices set their clock by it, in whole seconds.</param>
    /// <param name="configVersion">The version that the device should run.</param>
    /// <param name="command">What it should do next, if anything.</param>
    /// <param name="duplicate">Whether the same reading was already stored.</param>
    public static DeviceResponse Write(int status, DateTimeOffset now, int configVersion, bool duplicate, PendingCommand? command)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        Utf8.TryWrite(buffer, CultureInfo.InvariantCulture,
            $"{{\"status\":\"ok\",\"server_time\":\"{now.UtcDateTime:s}Z\",\"config_version\":{configVersion}", out int length);
        if (command is not null)
        {
            length += WriteCommand(buffer[length..], command);
        }

        if (duplicate)
        {
            s_duplicate.CopyTo(buffer[length..]);
            length += s_duplicate.Length;
        }

        buffer[length++] = (byte)'}';
        return DeviceResponse.Ok(status, buffer[..length].ToArray());
    }

    private static int WriteCommand(Span<byte> buffer, PendingCommand command)
    {
        int written;
        _ = command.Arg is { } arg
            ? Utf8.TryWrite(
                buffer, CultureInfo.InvariantCulture, $",\"command\":\"{command.Command}\",\"arg\":{arg},\"cid\":{command.Id}", out written)
            : Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $",\"command\":\"{command.Command}\",\"cid\":{command.Id}", out written);
        return written;
    }
}

/// <summary>What a device is told when all went well.</summary>
/// <param name="Status">Always ok.</param>
/// <param name="ServerTime">The server's time, UTC, whole seconds.</param>
/// <param name="ConfigVersion">The version of the configuration that the device should run.</param>
/// <param name="Command">What the device should do, if anything.</param>
/// <param name="Arg">Milliseconds for set_interval.</param>
/// <param name="CommandId">The command's id, to be sent back as <c>ack</c>.</param>
/// <param name="Note">duplicate_ignored when the same reading was already stored.</param>
[OmitsNulls]
internal sealed record AckBody(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("server_time")] DateTime ServerTime,
    [property: JsonPropertyName("config_version")] int ConfigVersion,
    [property: JsonPropertyName("command")] string? Command,
    [property: JsonPropertyName("arg")] int? Arg,
    [property: JsonPropertyName("cid")] int? CommandId,
    [property: JsonPropertyName("note")] string? Note);

/// <summary>A yes that says little more.</summary>
/// <param name="Status">ok; to the old fleet also failed, when it said so itself.</param>
/// <param name="Note">never_offered when the device was not offered that update.</param>
/// <param name="Message">The same in the old fleet's words.</param>
[OmitsNulls]
internal sealed record StatusBody(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("note")] string? Note,
    [property: JsonPropertyName("message")] string? Message);
