using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Telemetry;
using JamBox.Backend.Things;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>
/// What the server sends, byte for byte as old clients know it. They search the text for words: for <c>"update_available":true</c>, and the
/// words of commands (rollback, restart, snapshot, info), which therefore stand nowhere but in the value of <c>command</c>.
/// </summary>
internal static class MqttTexts
{
    /// <summary>Words that old clients look for anywhere.</summary>
    private static readonly string[] s_commandWords = ThingCommandRequest.Words;

    /// <summary>The answer to who asks for its version.</summary>
    public static byte[] VersionResponse(VersionAnswer answer) => Write(json =>
    {
        json.WriteString("latest_version", answer.Latest);
        json.WriteString("current_version", answer.Current);
        json.WriteBoolean("update_available", answer.IsAvailable);
        json.WriteString("product", answer.Product);
        json.WriteString("platform", answer.Platform);
        json.WriteString("session_id", answer.SessionId);
        json.WriteBoolean("pinned", answer.IsPinned);
    });

    /// <summary>The retained word of a release.</summary>
    public static byte[] VersionUpdates(string product, string platform, string version) => Write(json =>
    {
        json.WriteString("product", product);
        json.WriteString("platform", platform);
        json.WriteString("latest_version", version);
    });

    /// <summary>A wanted value.</summary>
    public static byte[] Wanted(WantedValue wanted, long now) => WithoutCommandWords(Write(json =>
    {
        json.WriteString("type", "led");
        json.WritePropertyName("state");
        WriteState(json, wanted.Value);
        json.WriteString("virtual_pin", wanted.Key);
        json.WriteString("timestamp", Time(now));
    }));

    /// <summary>All wanted values, by key; null when there are none.</summary>
    public static byte[]? Control(IReadOnlyCollection<WantedValue> wanted) => wanted.Count == 0 ? null : WithoutCommandWords(Write(json =>
    {
        foreach (WantedValue one in wanted)
        {
            json.WritePropertyName(one.Key);
            one.Value.WriteTo(json);
        }
    }));

    /// <summary>
    /// The same JSON, in which no old client finds the word of a command: its second letter is written as its number. In a text of ours
    /// such a word can only be what people have written, and that is inside quotation marks.
    /// </summary>
    /// <param name="json">An object, as UTF-8.</param>
    public static byte[] WithoutCommandWords(byte[] json)
    {
        string text = Encoding.UTF8.GetString(json);
        if (!Array.Exists(s_commandWords, word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            return json;
        }

        StringBuilder quiet = new(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            // Not the first one: the backslash of an escape may stand before it.
            bool isSecond = i > 0 && Array.Exists(
                s_commandWords, word => string.Compare(text, i - 1, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0);
            if (isSecond)
            {
                quiet.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                quiet.Append(text[i]);
            }
        }

        return Encoding.UTF8.GetBytes(quiet.ToString());
    }

    /// <summary>A command, as those by environment know it.</summary>
    public static byte[] Command(WaitingThingCommand command) => Write(json =>
    {
        json.WriteString("command", command.Command);
        if (command.TargetVersion is not null)
        {
            json.WriteString("target_version", command.TargetVersion);
        }
    });

    /// <summary>A command, as those by device know it.</summary>
    public static byte[] DeviceCommand(WaitingThingCommand command) => Write(json =>
    {
        json.WriteString("type", "command");
        json.WriteNumber("id", command.Id);
        json.WriteString("command", command.Command);
        if (command.TargetVersion is not null)
        {
            json.WriteString("target_version", command.TargetVersion);
        }
    });

    /// <summary>Outputs are 1 and 0 to firmware, whatever people call them.</summary>
    private static void WriteState(Utf8JsonWriter json, TelemetryValue value)
    {
        if (value.Kind == TelemetryKind.Boolean)
        {
            json.WriteNumberValue(value.Number != 0 ? 1 : 0);
        }
        else
        {
            value.WriteTo(json);
        }
    }

    private static string Time(long ms) => DateTime.UnixEpoch.AddMilliseconds(ms).ToString(
        "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new(128);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}

/// <summary>What a device is told of versions.</summary>
/// <param name="Latest">The version that it should have.</param>
/// <param name="Current">The version that it runs.</param>
/// <param name="IsAvailable">Whether it should fetch the first.</param>
/// <param name="Product">What its firmware is for.</param>
/// <param name="Platform">Its platform.</param>
/// <param name="SessionId">What it is to call that update.</param>
/// <param name="IsPinned">Whether it is kept at that version.</param>
internal sealed record VersionAnswer(
    string Latest, string Current, bool IsAvailable, string Product, string Platform, string SessionId, bool IsPinned);
