using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JamBox.Edge.Configuration;

/// <summary>Reads settings out of JSON, strictly: what there is not is a fault, as are doubles and values of another kind.</summary>
internal static class SettingsText
{
    /// <summary>Bytes at most.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Stands between the texts of a list.</summary>
    public const char ListSeparator = '\n';

    private static readonly JsonDocumentOptions s_options = new()
    {
        // People write it.
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8,
    };

    /// <summary>Reads a file's text.</summary>
    /// <param name="bytes">UTF-8.</param>
    /// <param name="origin">How the file is called in messages.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <returns>Each value as text by the name of its setting, as far as it could be read; <c>null</c> = nothing could.</returns>
    public static Dictionary<string, SettingValue>? Read(ReadOnlyMemory<byte> bytes, string origin, List<string> faults)
    {
        Dictionary<string, SettingValue> values = new(StringComparer.Ordinal);
        if (bytes.Length > MaxBytes)
        {
            faults.Add($"{origin} has more than {MaxBytes / 1024} KB: is it the right file?");
            return null;
        }

        try
        {
            // An editor of Windows puts a mark in front.
            using JsonDocument document = JsonDocument.Parse(
                bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes, s_options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                faults.Add($"{origin} must hold one JSON object, {{ … }}");
                return null;
            }

            Collect(document.RootElement, string.Empty, origin, values, faults);
        }
        catch (JsonException broken)
        {
            string where = broken.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $" in line {line + 1}, column {(broken.BytePositionInLine ?? 0) + 1}")
                : string.Empty;
            faults.Add($"{origin} is no JSON{where}: is a comma, quotation mark or bracket missing there?");
            return null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate, or bytes that are no UTF-8.
            faults.Add($"{origin} holds text that is no UTF-8");
            return null;
        }

        return values;
    }

    private static void Collect(
        JsonElement element, string path, string origin, Dictionary<string, SettingValue> values, List<string> faults)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string name = path + member.Name;
            if (!names.Add(member.Name))
            {
                faults.Add($"{origin}: {Shown(name)} stands there twice");
            }
            else if (SettingTable.Find(name) is { } setting)
            {
                if (Text(member.Value, setting, out string? fault) is { } text)
                {
                    values[name] = new SettingValue(text, $"{origin}: {name}");
                }
                else if (fault is not null)
                {
                    faults.Add($"{origin}: {name} {fault}");
                }
            }
            else if (path.Length == 0 && member.Value.ValueKind == JsonValueKind.Object
                && SettingTable.All.Any(known => known.Name.StartsWith(name + ".", StringComparison.Ordinal)))
            {
                Collect(member.Value, name + ".", origin, values, faults);
            }
            else
            {
                string advice = SettingTable.Nearest(name) is { } near ? $": is {near} meant?" : string.Empty;
                faults.Add($"{origin}: there is no setting {Shown(name)}{advice}");
            }
        }
    }

    private static string Shown(string name)
    {
        string safe = string.Concat(name.Take(60).Select(static letter => char.IsControl(letter) ? '?' : letter));
        return name.Length > 60 ? safe + "…" : safe;
    }

    /// <summary>The value as text; <c>null</c> = not said, or a fault.</summary>
    private static string? Text(JsonElement value, SettingDefinition setting, out string? fault)
    {
        fault = null;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String when setting.Kind is SettingKind.Text or SettingKind.Address:
                return value.GetString();
            case JsonValueKind.Number when setting.Kind == SettingKind.Number:
                return value.GetRawText();
            case JsonValueKind.True or JsonValueKind.False when setting.Kind == SettingKind.Switch:
                return value.GetBoolean() ? "true" : "false";
            case JsonValueKind.Array when setting.Kind == SettingKind.List:
                JsonElement[] items = [.. value.EnumerateArray().Take(SettingTable.MaxKeys + 1)];
                if (items.Any(static item => item.ValueKind != JsonValueKind.String))
                {
                    break;
                }

                return string.Join(ListSeparator, items.Select(static item => item.GetString()!.ReplaceLineEndings(" ")));
        }

        fault = setting.Kind switch
        {
            SettingKind.Number => "must be a number, without quotation marks",
            SettingKind.Switch => "must be true or false, without quotation marks",
            SettingKind.List => "must be a list of texts, [\"…\"]",
            _ => "must be a text, \"…\"",
        };
        return null;
    }
}

/// <summary>A value as it was said.</summary>
/// <param name="Text">The value.</param>
/// <param name="Origin">Where it was said, for messages.</param>
internal readonly record struct SettingValue(string Text, string Origin);
