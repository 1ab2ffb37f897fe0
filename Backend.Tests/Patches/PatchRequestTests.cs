using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Updates;

namespace JamBox.Backend.Tests.Patches;

/// <summary>The list of all patches, and a patch that an admin asks for.</summary>
public abstract class PatchRequestTests(BackendHost shared) : OtaTest(shared)
{
    private static readonly byte[] s_old = ImageBuilder.Make(1, kilobytes: 12);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 1, kilobytes: 12);

    [Fact]
    public async Task APatchForAPairIsMadeWhenSomebodyAsks()
    {
        int old = await ReleaseAsync(s_old, "6.0.0", 60000);
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        Assert.Equal(["full > 6.1.0 L ready", "full > 6.0.0 L ready"], await ListAsync());

        (int status, JsonElement asked) = await AskAsync($$"""{"firmware_id":{{release}},"from_firmware_id":{{old}},"profile":"H"}""");
        Assert.Equal((200, "6.0.0 > 6.1.0 H waiting"), (status, Describe(asked)));
        Assert.Equal(
            "ota.patch",
            (await GetAsync("/api/audit?target=atoms3-nb1%206.1.0")).EnumerateArray().First().GetProperty("action").GetString());
        MakePatches();
        Assert.Equal(["6.0.0 > 6.1.0 H ready", "full > 6.1.0 H ready"], await ListAsync($"firmware_id={release}&limit=2"));
        JsonElement row = (await GetAsync("/api/ota/patches?limit=1")).EnumerateArray().Single();
        Assert.Equal((s_new.Length, Hash(s_old)), (row.GetProperty("image_size").GetInt32(), row.GetProperty("base_sha256").GetString()));

        // Again is no other one, and nothing is made anew.
        (_, JsonElement again) = await AskAsync($$"""{"firmware_id":{{release}},"from_firmware_id":{{old}},"profile":"H"}""");
        Assert.Equal(row.GetRawText(), again.GetRawText());
        Assert.Empty(await ListAsync("state=waiting"));
        Assert.Equal(4, (await ListAsync("state=ready")).Length);
    }

    [Fact]
    public async Task WhatCannotBeMadeIsRefusedByItsField()
    {
        int old = await ReleaseAsync(s_old, "6.0.0", 60000);
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        (_, JsonElement board) = await UploadAsync(s_old, "6.0.0", 60000, "other-board");
        (_, JsonElement clr) = await UploadAsync(ImageBuilder.Make(1, kilobytes: 12, native: 5), "5.9.0", 59000);
        foreach ((string body, string fault) in new[]
        {
            ("{}", "firmware_id: "),
            ("""{"firmware_id":99999}""", "firmware_id: there is no build"),
            ($$"""{"firmware_id":{{release}},"from_firmware_id":99999}""", "from_firmware_id: there is no build"),
            ($$"""{"firmware_id":{{old}},"from_firmware_id":{{release}}}""", "from_firmware_id: must have a lower sequence"),
            ($$"""{"firmware_id":{{release}},"from_firmware_id":{{release}}}""", "from_firmware_id: must have a lower sequence"),
            ($$"""{"firmware_id":{{release}},"from_firmware_id":{{board.GetProperty("id")}}}""", "from_firmware_id: is for hardware"),
            ($$"""{"firmware_id":{{release}},"from_firmware_id":{{clr.GetProperty("id")}}}""", "from_firmware_id: 5.9.0 runs on another"),
            ($$"""{"firmware_id":{{release}},"profile":"X"}""", "profile: "),
        })
        {
            (int status, JsonElement problem) = await AskAsync(body);
            Assert.Equal(400, status);
            Assert.StartsWith(fault, problem.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    private Task<(int Status, JsonElement Json)> AskAsync(string body) =>
        SendAsync(HttpMethod.Post, "/api/ota/patches", Encoding.UTF8.GetBytes(body));

    private async Task<string[]> ListAsync(string query = "") =>
        [.. (await GetAsync($"/api/ota/patches?{query}")).EnumerateArray().Select(Describe)];

    private static string Describe(JsonElement row) =>
        $"{row.GetProperty("base_version").GetString() ?? "full"} > {row.GetProperty("version").GetString()} {row.GetProperty("profile").GetString()} {row.GetProperty("state").GetString()}";
}
