using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using JamBox.Bench.Boxes.Ports;
using JamBox.ChipTwin;
using JamBox.Flashing;
using JamBox.Twin.Chip;
using Spectre.Console;

namespace JamBox.Bench.CommandLine;

/// <summary>Everything through which the program meets the world around it, so that tests can be that world.</summary>
internal sealed record BenchTerminal
{
    private const int RedirectedWidth = 200;

    // Of Espressif's own addresses; the last three bytes are each chip's.
    private const ulong TwinMac = 0xF412_FA00_0000;

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where results go.</summary>
    public required IAnsiConsole Out { get; init; }

    /// <summary>Where errors and warnings go: never mixed into results.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether results go to a terminal, on which lines may be written over.</summary>
    public required bool IsLive { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Asks for a secret without showing it; <c>null</c> when nobody is there to ask.</summary>
    public required Func<string, string?> AskSecret { get; init; }

    /// <summary>Asks yes or no; <c>null</c> when nobody is there to ask.</summary>
    public required Func<string, bool?> AskYes { get; init; }

    /// <summary>Asks for one of several; its index, or <c>null</c> when nobody is there to ask.</summary>
    public required Func<string, IReadOnlyList<string>, int?> AskChoice { get; init; }

    /// <summary>Asks for a text; <c>null</c> when nobody is there to ask.</summary>
    public required Func<string, string?> AskText { get; init; }

    /// <summary>Waits until nothing more is typed, or whoever started the program has closed its input.</summary>
    public required Action AwaitEndOfInput { get; init; }

    /// <summary>Waits before it looks at the server again.</summary>
    public required Func<TimeSpan, CancellationToken, Task> Pause { get; init; }

    /// <summary>The time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The serial ports of this machine.</summary>
    public required Func<IReadOnlyList<string>> PortNames { get; init; }

    /// <summary>Opens a serial port by its name.</summary>
    public required Func<string, BoxPort> OpenSerial { get; init; }

    /// <summary>Makes a simulated box: from the file with its flash, and whom it reaches; <c>null</c> = none, nobody.</summary>
    public required Func<string?, Uri?, BoxPort> OpenTwin { get; init; }

    /// <summary>Runs a program with arguments; what it printed, or <c>null</c> when there is no such program.</summary>
    public required Func<string, string[], ToolResult?> RunTool { get; init; }

    /// <summary>The console, the environment and the clock of this process.</summary>
    /// <returns>The terminal.</returns>
    public static BenchTerminal Real()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            // Spectre would go by the environment alone, and put colours into files.
            Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = Console.IsOutputRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (Console.IsOutputRedirected)
        {
            // What reads a file has no width: 80 columns would only break lines that belong together.
            console.Profile.Width = RedirectedWidth;
        }

        return new BenchTerminal
        {
            Out = console,
            Error = Console.Error,
            IsLive = !Console.IsOutputRedirected,
            Environment = System.Environment.GetEnvironmentVariable,
            AskSecret = AskSecretOnConsole,
            AskYes = AskYesOnConsole,
            AskChoice = (title, choices) => AskChoiceOnConsole(console, title, choices),
            AskText = AskTextOnConsole,
            AwaitEndOfInput = static () => Console.In.ReadToEnd(),
            Pause = Task.Delay,
            Time = TimeProvider.System,
            PortNames = SerialPortLine.Names,
            OpenSerial = BoxPort.OpenSerial,
            OpenTwin = OpenTwinOfMine,
            RunTool = ToolResult.Run,
        };
    }

    /// <summary>Writes a line as it is, however wide.</summary>
    /// <param name="text">The line.</param>
    public void Line(string text) => Out.Profile.Out.Writer.WriteLine(text);

    /// <summary>Writes a result for programs.</summary>
    /// <param name="result">What, named as it shall be named.</param>
    public void Json(object result) => Line(JsonSerializer.Serialize(result, s_json));

    /// <summary>Says something that is no result and does not end the program.</summary>
    /// <param name="text">What.</param>
    public void Warn(string text) => Error.WriteLine($"jambox: note: {text}");

    /// <summary>Gets a secret from the environment or else from whoever sits there.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="prompt">What to ask.</param>
    /// <returns>The secret, not empty.</returns>
    /// <exception cref="BenchException">Neither has it.</exception>
    public string Secret(string variable, string prompt)
    {
        string? secret = Environment(variable) is { Length: > 0 } fromEnvironment ? fromEnvironment : AskSecret(prompt);
        return secret switch
        {
            null => throw new BenchException(
                $"{variable} is not set and nobody can be asked: set that environment variable", CommandLine.ExitCode.BadInput),
            "" => throw new BenchException(
                $"nothing was typed: type it, or set the environment variable {variable}", CommandLine.ExitCode.BadInput),
            _ => secret,
        };
    }

    /// <summary>Asks before something that is probably a mistake; where nobody can be asked, it is refused.</summary>
    /// <param name="question">What to ask.</param>
    /// <param name="option">The option that says yes beforehand.</param>
    /// <exception cref="BenchException">The answer is no, or nobody can be asked.</exception>
    public void Confirm(string question, string option)
    {
        switch (AskYes(question))
        {
            case null:
                throw new BenchException($"{question} Nobody can be asked: say {option}", CommandLine.ExitCode.BadInput);
            case false:
                throw new BenchException("nothing was changed", CommandLine.ExitCode.Refused);
        }
    }

    private static BoxPort OpenTwinOfMine(string? file, Uri? backend)
    {
        // Ten times as fast as a modem really is: one sees the steps, and need not wait for them.
        const double Speed = 10;

        // A chip of its own each time, except where it is kept: then it is the same as before.
        int last = file is null
            ? RandomNumberGenerator.GetInt32(1 << 24)
            : BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(file)))) & 0xFF_FFFF;
        var chip = new ChipOptions { Mac = TwinMac | (uint)last };
        TwinLine line = new(file, new ChipFirmwareOptions { Backend = backend, Speed = Speed, Seed = last }, chip);
        return new BoxPort(line, line);
    }

    private static int? AskChoiceOnConsole(IAnsiConsole console, string title, IReadOnlyList<string> choices)
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            return null;
        }

        if (!console.Profile.Capabilities.Ansi)
        {
            return AskNumberOnConsole(title, choices);
        }

        SelectionPrompt<int> prompt = new SelectionPrompt<int>().Title(Markup.Escape(title)).PageSize(15)
            .UseConverter(index => Markup.Escape(choices[index])).AddChoices(Enumerable.Range(0, choices.Count));
        return console.Prompt(prompt);
    }

    /// <summary>For terminals on which nothing can be drawn.</summary>
    private static int? AskNumberOnConsole(string title, IReadOnlyList<string> choices)
    {
        Console.Error.WriteLine(title);
        foreach ((int index, string choice) in choices.Index())
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {index + 1}) {choice}"));
        }

        while (true)
        {
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"Number, 1 to {choices.Count}: "));
            if (Console.ReadLine() is not { } typed)
            {
                return null;
            }

            if (int.TryParse(typed.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number >= 1 && number <= choices.Count)
            {
                return number - 1;
            }
        }
    }

    private static string? AskTextOnConsole(string question)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        Console.Error.Write(question + ": ");
        return Console.ReadLine()?.Trim();
    }

    private static string? AskSecretOnConsole(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        Console.Error.Write(prompt + ": ");
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }

    private static bool? AskYesOnConsole(string question)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        Console.Error.Write(question + " [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
