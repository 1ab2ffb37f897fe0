using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Operation;

/// <summary>
/// The .http files beside the features run from top to bottom on an empty database. A title names the refusals that are in order, such as
/// (409: it is there already). What needs a file of one's own is left out.
/// </summary>
public sealed partial class HttpFileTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder(), "*.http", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) is not ("updates.http" or "rollouts.http") && !Regex.IsMatch(file, @"[\\/](bin|obj)[\\/]"))
            .Select(static file => Path.GetRelativePath(Folder(), file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task RunsFromAnEmptyDatabase(string file)
    {
        await using BackendHost host = new(TestStorage.Sqlite);
        await host.InitializeAsync();
        Dictionary<string, JsonElement> answers = [];
        int sent = 0;
        foreach (string block in (await File.ReadAllTextAsync(Path.Combine(Folder(), file))).ReplaceLineEndings("\n").Split("###").Where(static b => b.Contains("{{host}}", StringComparison.Ordinal)))
        {
            if (block.Contains("\n< ./", StringComparison.Ordinal))
            {
                continue;
            }

            string text = Variable().Replace(block, match => match.Groups[1].Value switch
            {
                "host" => host.Address.GetLeftPart(UriPartial.Authority),
                "adminKey" => BackendHost.AdminKey,
                var name when name.EndsWith(".response.body.$.token", StringComparison.Ordinal) => answers[name.Split('.')[0]].GetProperty("token").GetString()!,
                var name => throw new FormatException($"{file}: {name} is in no environment"),
            });
            using HttpRequestMessage request = Parse(text, out string? called);
            using HttpResponseMessage answer = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            string title = block.Split('\n')[0];
            Assert.True(
                answer.IsSuccessStatusCode || title.Contains($"({(int)answer.StatusCode}: ", StringComparison.Ordinal),
                $"{file}:{title}: {(int)answer.StatusCode}");
            if (called is not null)
            {
                answers[called] = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            }

            sent++;
        }

        Assert.NotEqual(0, sent);
    }

    [Fact]
    public void NoKeyIsInAFile()
    {
        Assert.All(Directory.GetFiles(Folder(), "*.http", SearchOption.AllDirectories), static file =>
            Assert.All(
                File.ReadLines(file).Where(static line => line.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase)),
                static line => Assert.Matches(@"^Authorization: Bearer \{\{[\w.$]+\}\}$", line)));
    }

    private static HttpRequestMessage Parse(string text, out string? called)
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

        request.Content = parts.Length == 2 ? new StringContent(parts[1], Encoding.UTF8, "application/json") : null;
        return request;
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Backend.Minimal"));

    [GeneratedRegex(@"\{\{([\w.$]+)\}\}")]
    private static partial Regex Variable();
}
