using System.CommandLine;
using System.Globalization;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.Boxes.Serial;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;
using Spectre.Console;

namespace JamBox.Bench.Boxes;

/// <summary><c>box monitor</c>.</summary>
internal static class MonitorCommand
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_pulse = TimeSpan.FromMilliseconds(100);

    private static readonly string[] s_bad =
    [
        "FAILED", "failed", "refuse", "no network", "not provisioned", "did not take", "damaged", "invalid", "error", "Error", "is missing",
        "abort", "panic",
    ];

    private static readonly string[] s_good = ["SUCCESS", "started by"];

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> port = PortOptions.Port();
        var log = new Option<string?>("--log")
        {
            Description = "Write the lines, with the time, to the end of a file too.", HelpName = "FILE",
        };
        var reset = new Option<bool>("--reset") { Description = "Start the box anew first." };
        var seconds = new Option<int?>("--for")
        {
            Description = "End after so many seconds. Default: at Ctrl+C.",
            HelpName = "SECONDS",
        };
        var command = new BenchCommand(
            "monitor", "Show what a box says on its serial port. What may be a token is never shown, nor written.",
            "jambox box monitor --port COM5 --log box.log") { port, log, reset, seconds };
        command.SetAction(async (parsed, stop) =>
        {
            TimeSpan? limit = parsed.GetValue(seconds) switch
            {
                null => null,
                > 0 and int given => TimeSpan.FromSeconds(given),
                _ => throw new BenchException("--for: must be 1 second or more", ExitCode.BadInput),
            };
            using StreamWriter? file = Open(parsed.GetValue(log));
            using BoxPort box = PortOptions.Open(terminal, parsed.GetValue(port));
            if (parsed.GetValue(reset))
            {
                Reset(box);
            }

            await Task.Run(() => Follow(terminal, box, file, limit, stop), CancellationToken.None).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Follow(BenchTerminal terminal, BoxPort box, StreamWriter? file, TimeSpan? limit, CancellationToken stop)
    {
        SerialText text = new(box);
        TimeSpan? end = box.Clock.Now + limit;
        while (!stop.IsCancellationRequested && !(box.Clock.Now >= end))
        {
            if (text.Read(s_look) is not { } line)
            {
                continue;
            }

            DateTimeOffset now = terminal.Time.GetLocalNow();
            if (terminal.IsLive)
            {
                terminal.Out.MarkupLine($"[grey]{Stamp(now, "HH:mm:ss.fff")}[/] {Highlighted(line)}");
            }
            else
            {
                terminal.Line($"{Stamp(now, "HH:mm:ss.fff")} {line}");
            }

            file?.WriteLine($"{Stamp(now, "yyyy-MM-dd'T'HH:mm:ss.fffzzz")} {line}");
        }
    }

    private static string Stamp(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Highlighted(string line)
    {
        string text = Markup.Escape(line);
        string? color = s_bad.Any(word => line.Contains(word, StringComparison.Ordinal)) ? "red"
            : s_good.Any(word => line.Contains(word, StringComparison.Ordinal)) ? "green"
            : line.StartsWith("> ", StringComparison.Ordinal) ? "aqua"
            : line.StartsWith("< ", StringComparison.Ordinal) ? "grey"
            : null;
        return color is null ? text : $"[{color}]{text}[/]";
    }

    private static void Reset(BoxPort box)
    {
        if (box.Line.ResetLines is not { } lines)
        {
            throw new FlashException(
                FlashFault.Port, $"{box.Line.Name} has no line that resets the box: press its button instead of --reset");
        }

        lines.Set(dtr: false, rts: true);
        box.Clock.Wait(s_pulse);
        lines.Set(dtr: false, rts: false);
    }

    private static StreamWriter? Open(string? path)
    {
        try
        {
            return path is null ? null : new StreamWriter(path, append: true) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BenchException($"--log {path}: {e.Message}", ExitCode.BadInput);
        }
    }
}
