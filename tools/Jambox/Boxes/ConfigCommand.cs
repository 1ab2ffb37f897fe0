using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box config</c>.</summary>
internal static class ConfigCommand
{
    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) => new("config", "Settings of a box, over the air.")
    {
        Get(terminal), Set(terminal),
    };

    private static BenchCommand Get(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "get", "Show what a box is wanted to do, and whether it does.", "jambox box config get JBNB0001") { box, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            string id = await BoxId.ResolveAsync(
                client, BoxOptions.Checked(parsed.GetRequiredValue(box)), stop).ConfigureAwait(false);
            JsonElement state = await client.GetAsync<JsonElement>($"api/device/{id}/config", stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Line(state.GetRawText());
                return ExitCode.Done;
            }

            foreach (JsonProperty value in state.GetProperty("wanted").EnumerateObject())
            {
                terminal.Line($"{value.Name} = {value.Value.GetRawText().Trim('"')}");
            }

            terminal.Line(state.GetProperty("in_force").GetBoolean() ? "in force on the box" : "not yet in force on the box");
            return ExitCode.Done;
        });
        return command;
    }

    private static BenchCommand Set(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        var settings = new Argument<string[]>("NAME=VALUE")
        {
            Description = "A setting, as 'get' names it; wifi_channels=1,6,11 has several numbers.", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "set", "Change settings of a box. The server checks them; the box takes them over with its next answer.",
            "jambox box config set JBNB0001 report_interval_ms=60000") { box, settings, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            string given = BoxOptions.Checked(parsed.GetRequiredValue(box));
            Dictionary<string, object> change = Parse(parsed.GetRequiredValue(settings));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            string id = await BoxId.ResolveAsync(client, given, stop).ConfigureAwait(false);
            SavedConfig saved = await client.PutAsync<SavedConfig>($"api/device/{id}/config", change, stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { device_id = id, config_version = saved.ConfigVersion });
            }
            else
            {
                terminal.Line($"{id} gets version {saved.ConfigVersion} of its settings with its next answer");
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Reads settings: whole numbers, true and false, lists of whole numbers. The names are the server's to judge.</summary>
    private static Dictionary<string, object> Parse(string[] settings)
    {
        Dictionary<string, object> change = new(StringComparer.Ordinal);
        foreach (string setting in settings)
        {
            string[] parts = setting.Split('=', 2);
            string name = parts[0].Trim();
            if (parts.Length != 2 || name.Length == 0 || ValueOf(name, parts[1].Trim()) is not { } value)
            {
                throw new BenchException(
                    $"{setting}: must be NAME=VALUE, the value a whole number, true, false, or numbers with commas between",
                    ExitCode.BadInput);
            }

            if (!change.TryAdd(name, value))
            {
                throw new BenchException($"{name} is there twice", ExitCode.BadInput);
            }
        }

        return change;
    }

    private static object? ValueOf(string name, string text)
    {
        // The one setting that is a list is one with a single number too.
        if (text.Contains(',', StringComparison.Ordinal) || name == "wifi_channels")
        {
            int[] numbers = [.. text.Split(',').Select(static part => Number(part.Trim()) ?? int.MinValue)];
            return numbers.Contains(int.MinValue) ? null : numbers;
        }

        return bool.TryParse(text, out bool flag) ? flag : Number(text);
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;

    private sealed record SavedConfig(int ConfigVersion);
}
