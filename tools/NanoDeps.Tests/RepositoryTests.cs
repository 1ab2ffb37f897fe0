using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace JamBox.NanoDeps.Tests;

/// <summary>The tool over this repository, and over what is no project at all.</summary>
public sealed class RepositoryTests
{
    private const int Rounds = 400;

    private static readonly string[] s_files =
    [
        Sample.SolutionFile, Sample.App, Sample.Packages, Sample.Interop, Sample.Defconfig, Sample.SdkConfig, Sample.Table, "Native/my.cpp",
    ];

    [Fact]
    public void This_repository_lacks_nothing()
    {
        Assert.Empty(Program.Check(Solution.Load(Path.Combine(Root(), "nanoFramework.sln"))));
    }

    /// <summary>The page says what a board shows: it must be what is built.</summary>
    [Fact]
    public void The_page_of_the_first_board_is_that_of_this_build()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "board-bring-up.md"));
        string native = Path.Combine(Root(), "Firmware.Atoms3", "Native", "esp32");
        string table = File.ReadAllText(Path.Combine(native, "jambox_interop.cpp"));
        string checksum = Regex.Match(table, "0x[0-9A-F]{8}").Value;
        string version = Regex.Match(table, "\\{ (\\d+), (\\d+), (\\d+), (\\d+) \\}").Result("$1.$2.$3.$4");
        Assert.Contains($"JamBox.Interop v{version}, checksum {checksum}", page, StringComparison.Ordinal);
        Assert.Contains("git checkout " + Libraries.Interpreter, page, StringComparison.Ordinal);
        foreach (string line in File.ReadLines(Path.Combine(native, "partitions_jambox_8mb.csv")).Where(l => l.Length > 0 && l[0] != '#'))
        {
            string[] parts = line.Split(',', StringSplitOptions.TrimEntries);
            if (parts[0] is "deploy" or "boot")
            {
                Assert.Contains($"erase_region {parts[3]} {parts[4]}\n", page, StringComparison.Ordinal);
            }
            else if (parts[0] == "ident")
            {
                Assert.Contains($"generate ident.csv ident.bin {parts[4]}\n", page, StringComparison.Ordinal);
                Assert.Contains($"write_flash {parts[3]} ident.bin\n", page, StringComparison.Ordinal);
            }
            else if (parts[0] == "factory")
            {
                Assert.Contains($"{parts[3]} build/nanoCLR.bin\n", page, StringComparison.Ordinal);
                Assert.Contains(
                    Convert.ToInt32(parts[4], 16).ToString("N0", CultureInfo.InvariantCulture) + " bytes (the partition)", page,
                    StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Damaged_files_end_in_findings_or_in_one_line()
    {
        const int Seed = 7028;
        var random = new Random(Seed);
        using var sample = new Sample();
        for (int i = 0; i < Rounds; i++)
        {
            string file = sample.PathOf(s_files[random.Next(s_files.Length)]);
            byte[] original = File.ReadAllBytes(file);
            byte[] bytes = [.. original];
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)"<>\"/\\=.,{}0 \n*?\0"[random.Next(16)];
            }

            File.WriteAllBytes(file, bytes[..random.Next(bytes.Length / 2, bytes.Length)]);
            int code = Program.Run([sample.PathOf(Sample.SolutionFile)], TextWriter.Null, TextWriter.Null);
            File.WriteAllBytes(file, original);
            Assert.True(code is >= 0 and <= 2, $"round {i}, seed {Seed}: {Encoding.UTF8.GetString(bytes)}");
        }
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "nanoFramework.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
