using System.Globalization;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes;

/// <summary>
/// What was done at this bench, a line each: time, box, what, how it ended, how long it took. No token and no PIN ever is in it.
/// </summary>
internal sealed class BenchLog
{
    /// <summary>Environment variable with the folder of a bench's files.</summary>
    public const string Variable = "JAMBOX_BENCH";

    private const string FileName = "provisioning.log";

    private readonly BenchTerminal _terminal;

    /// <summary>Finds the folder.</summary>
    /// <param name="terminal">The environment, and the clock.</param>
    public BenchLog(BenchTerminal terminal)
    {
        _terminal = terminal;
        Folder = terminal.Environment(Variable) is { Length: > 0 } set ? set : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "jambox");
    }

    /// <summary>The folder of this bench's files.</summary>
    public string Folder { get; }

    /// <summary>The log.</summary>
    public string File => Path.Combine(Folder, FileName);

    /// <summary>Writes a line. A log that cannot be written ends nothing.</summary>
    /// <param name="box">Its id, or the MAC address of its chip when it has none.</param>
    /// <param name="what">What was done, a word.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="took">How long it took.</param>
    public void Note(string box, string what, string result, TimeSpan took)
    {
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{_terminal.Time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} | {box} | {what} | {result.ReplaceLineEndings(" ")} | {took.TotalSeconds:0} s");
        try
        {
            Directory.CreateDirectory(Folder);
            System.IO.File.AppendAllLines(File, [line]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _terminal.Warn($"{File} cannot be written: {e.Message}");
        }
    }
}
