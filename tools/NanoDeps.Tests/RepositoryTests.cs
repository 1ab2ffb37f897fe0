using System.Text;

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
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "nanoFramework.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        Assert.Empty(Program.Check(Solution.Load(Path.Combine(folder, "nanoFramework.sln"))));
    }

    [Fact]
    public void Damaged_files_end_in_findings_or_in_one_line()
    {
        const int Seed = 7028;
        var random = new Random(Seed);
        for (int i = 0; i < Rounds; i++)
        {
            using var sample = new Sample();
            string file = sample.PathOf(s_files[random.Next(s_files.Length)]);
            byte[] bytes = File.ReadAllBytes(file);
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)"<>\"/\\=.,{}0 \n*?\0"[random.Next(16)];
            }

            File.WriteAllBytes(file, bytes[..random.Next(bytes.Length / 2, bytes.Length)]);
            int code = Program.Run([sample.PathOf(Sample.SolutionFile)], TextWriter.Null, TextWriter.Null);
            Assert.True(code is >= 0 and <= 2, $"round {i}, seed {Seed}: {Encoding.UTF8.GetString(bytes)}");
        }
    }
}
