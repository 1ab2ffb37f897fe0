using System.Runtime.CompilerServices;

namespace JamBox.CountingTruth;

/// <summary>Where counts lie that are no part of the project.</summary>
internal static class TruthPlace
{
    /// <summary>From the project's folder.</summary>
    public const string Beside = "../shared/data/brno-5min-2022-2023.csv";

    /// <summary>The file, or null where it is not there.</summary>
    public static string? Default()
    {
        string file = Path.GetFullPath(Path.Combine(ThisFolder(), "..", "..", Beside));
        return File.Exists(file) ? file : null;
    }

    private static string ThisFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
