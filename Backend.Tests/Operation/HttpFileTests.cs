using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using JamBox.Backend.Tests.Firmware;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Operation;

/// <summary>
/// The .http files beside the features run from top to bottom on an empty database. A title names the refusals that are in order, such as
/// (409: it is there already). The files of one's own that they send are made here.
/// </summary>
public sealed partial class HttpFileTests : IDisposable
{
    private static readonly ReleaseKey s_key = ReleaseKey.Create();
    private static readonly byte[] s_image = ImageBuilder.Make(1, kilobytes: 12);

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-http-").FullName;

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder(), "*.http", SearchOption.AllDirectories)
            .Where(static file => !Regex.IsMatch(file, @"[\\/](bin|obj)[\\/]"))
            .Select(static file => Path.GetRelativePath(Folder(), file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task RunsFromAnEmptyDatabase(string file)
    {
        await using BackendHost host = new(TestStorage.Sqlite) { Args = [$"--Ota:PublicKey={s_key.Public.Hex}"] };
        await host.InitializeAsync();
        Dictionary<string, JsonElement> answers = [];
        string[] blocks = [.. (await File.ReadAllTextAsync(Path.Combine(Folder(), file))).ReplaceLineEndings("\n").Split("###")
            .Where(static block => block.Contains("{{host}}", StringComparison.Ordinal))];
        Assert.NotEmpty(blocks);
        foreach (string block in blocks)
        {
            string text = Variable().Replace(block, match => match.Groups[1].Value switch
            {
                "host" => host.Address.GetLeftPart(UriPartial.Authority),
                "adminKey" => BackendHost.AdminKey,
                var name when name.Split(".response.body.$.") is [var request, var member] => answers[request].GetProperty(member)
                    .ToString(),
                var name => throw new FormatException($"{file}: {name} is in no environment"),
            });
            using HttpRequestMessage request = Parse(text, out string? called);
            using HttpResponseMessage answer = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            string title = block.Split('\n')[0];
            Assert.True(
                answer.IsSuccessStatusCode || title.Contains($"({(int)answer.StatusCode}: ", StringComparison.Ordinal),
                $"{file}:{title}: {(int)answer.StatusCode} {(answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync())}");
            if (called is not null)
            {
                answers[called] = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            }

            // Between two clicks the jobs run.
            host.Clock.Advance(TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public void NoKeyIsInAFile()
    {
        Assert.All(Directory.GetFiles(Folder(), "*.http", SearchOption.AllDirectories), static file =>
            Assert.All(
                File.ReadLines(file).Where(static line => line.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase)),
                static line => Assert.Matches(@"^Authorization: Bearer \{\{[\w.$]+\}\}$", line)));
    }

    [Fact]
    public void KeysComeFromTheUsersSecrets()
    {
        using JsonDocument environments = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(), "http-client.env.json")));
        Assert.All(environments.RootElement.EnumerateObject(), static environment =>
        {
            Assert.Equal("http://localhost:5000", environment.Value.GetProperty("host").GetString());
            Assert.Equal("AspnetUserSecrets", environment.Value.GetProperty("adminKey").GetProperty("provider").GetString());
            Assert.Equal("Admin:Key", environment.Value.GetProperty("adminKey").GetProperty("secretName").GetString());
            Assert.Equal(2, environment.Value.EnumerateObject().Count());
        });
    }

    private HttpRequestMessage Parse(string text, out string? called)
    {
        string[] parts = text.TrimEnd().Split("\n\n", 2);
        string[] lines = [.. parts[0].Split('\n').Skip(1)];
        called = lines.FirstOrDefault(static line => line.StartsWith("# @name ", StringComparison.Ordinal))?["# @name ".Length..];
        lines = [.. lines.Where(static line => line.Length > 0 && line[0] != '#')];
        string[] first = lines[0].Split(' ', 2);
        HttpRequestMessage request = new(new HttpMethod(first[0]), new Uri(first[1]));
        foreach (string line in lines.Skip(1).Where(static line => !line.StartsWith("Content-Type:", StringComparison.Ordinal)))
        {
            string[] header = line.Split(": ", 2);
            Assert.True(request.Headers.TryAddWithoutValidation(header[0], header[1]), line);
        }

        if (parts.Length == 2)
        {
            request.Content = parts[1].StartsWith("< ./", StringComparison.Ordinal)
                ? new ByteArrayContent(OwnFile(parts[1]["< ./".Length..]))
                : new StringContent(parts[1], Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(
                lines.Single(static line => line.StartsWith("Content-Type:", StringComparison.Ordinal))["Content-Type: ".Length..]);
        }

        return request;
    }

    /// <summary>What whoever runs the files has put beside them.</summary>
    private byte[] OwnFile(string name)
    {
        switch (name)
        {
            case "Firmware.Atoms3.before.bin":
                return ImageBuilder.Make(2, kilobytes: 12);
            case "Firmware.Atoms3.bin":
                return s_image;
            case "Firmware.Atoms3.manifest":
                return ReleaseManifest.Unsigned("atoms3-nb1", 0x1A2B3C4D, 60100, "6.1.0", s_image.Length, SHA256.HashData(s_image))
                    .Sign(s_key).ToBytes();
            case "clock.form":
                using (MultipartFormDataContent form = new("b"))
                {
                    form.Add(new ByteArrayContent(EspImages.App()), "file", "clock.bin");
                    form.Add(new StringContent("v1.2.3"), "version");
                    form.Add(new StringContent("esp32c3"), "platform");
                    form.Add(new StringContent("clock"), "product");
                    return form.ReadAsByteArrayAsync().GetAwaiter().GetResult();
                }

            case "patch.bin":
                return new byte[1000];
            case "predecessor.db":
                string path = Path.Combine(_folder, name);
                MaintenanceTests.MakePredecessor(path);
                return File.ReadAllBytes(path);
            default:
                throw new FileNotFoundException("No such file is made here", name);
        }
    }

    private static string Folder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Backend.Minimal"));

    [GeneratedRegex(@"\{\{([\w.$]+)\}\}")]
    private static partial Regex Variable();
}
