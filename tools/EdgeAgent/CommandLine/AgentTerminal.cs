using System.Buffers;
using System.Collections;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace JamBox.Edge.CommandLine;

/// <summary>How another program ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it printed, without blanks around it.</param>
internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>Everything through which the program meets the world around it, so that tests can be that world.</summary>
internal sealed record AgentTerminal
{
    private static readonly TimeSpan s_tool = TimeSpan.FromMinutes(2);

    /// <summary>Where results go.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Where errors go: never mixed into results.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What is typed or piped in.</summary>
    public required TextReader In { get; init; }

    /// <summary>The environment.</summary>
    public required IDictionary Environment { get; init; }

    /// <summary>The time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>This program's file; <c>null</c> = it is not one file.</summary>
    public required string? Program { get; init; }

    /// <summary>How many columns the terminal has on which things may be drawn in place; 0 = it is none.</summary>
    public int LiveColumns { get; init; }

    /// <summary>Whether this user may change the system.</summary>
    public required bool IsAdministrator { get; init; }

    /// <summary>Runs a program with arguments; <c>null</c> when there is no such program.</summary>
    public required Func<string, string[], ToolResult?> RunTool { get; init; }

    /// <summary>The console, the environment and the clock of this process.</summary>
    public static AgentTerminal Real()
    {
        if (!Console.IsOutputRedirected)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return new AgentTerminal
        {
            Out = Console.Out,
            Error = Console.Error,
            In = Console.In,
            Environment = System.Environment.GetEnvironmentVariables(),
            Time = TimeProvider.System,
            Program = OneFile(),
            LiveColumns = Console.IsOutputRedirected || System.Environment.GetEnvironmentVariable("TERM") == "dumb" ? 0 : Columns(),
            IsAdministrator = System.Environment.IsPrivilegedProcess,
            RunTool = Run,
        };
    }

    /// <summary>Writes a result for programs: one JSON object.</summary>
    /// <param name="write">Writes what is between the brackets.</param>
    public void Json(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(writer);
        }

        Out.WriteLine(Encoding.UTF8.GetString(json.WrittenSpan));
    }

    private static int Columns()
    {
        try
        {
            return Math.Max(0, Console.WindowWidth);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>This program, where it can be copied: as "dotnet run" starts it, it is many files.</summary>
    private static string? OneFile()
    {
        string? path = System.Environment.ProcessPath;
        return path is null || File.Exists(Path.Combine(AppContext.BaseDirectory, "edge-agent.dll")) ? null : path;
    }

    private static ToolResult? Run(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_tool))
            {
                process.Kill(entireProcessTree: true);
                return new ToolResult(-1, $"{program} did not end within {s_tool.TotalMinutes:0} minutes");
            }

            return new ToolResult(process.ExitCode, (output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult()).Trim());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
