using System.Text;
using System.Text.Json;

using JamBox.Backend.Deployments;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>What is read of words of gateways and of targets, whatever is sent.</summary>
public sealed class DeploymentWordTests
{
    private const string Id = "6f1c0f0e-3a52-4a8e-9d2b-0d8b1f3f9a11";

    [Theory]
    [InlineData("2026-11-28T18:00:00.123Z", 1795888800123)]
    [InlineData("2026-11-28T18:00:00.123456", 1795888800123)]
    [InlineData("2026-11-28T19:00:00+01:00", 1795888800000)]
    [InlineData("2026-11-28 18:00:00", 1795888800000)]
    public void TimesAreReadAsOldScriptsWriteThem(string text, long ms) =>
        Assert.Equal(ms, Parse($$"""{"deploymentId":"{{Id}}","status":"completed","timestamp":"{{text}}"}""")!.SaidAt);

    [Fact]
    public void AllMembersAreRead()
    {
        DeploymentWord word = Parse(
            $$"""
            {"deploymentId":"{{Id.ToUpperInvariant()}}","status":"deploying","version":"1.2.3","progress":12.7,"timestamp":1795888800,
            "gateway":"shop-1","attempt":2,"noticeTimestamp":1795888800123,"agentVersion":"2.0","log":"a\r\nb\tc","current":"{{Id}}",
            "previous":"../..","seq":9007199254740992,"error":null,"modules":null,"more":[[[[[[1]]]]]]}
            """)!;
        Assert.Equal(
            (Id, "deploying", "1.2.3", 12, 1795888800000L, "shop-1", 2, 1795888800123L, "2.0", "a\nb\tc", Id, null, 9007199254740992L),
            (word.DeploymentId, word.Status, word.Version, word.Progress, word.SaidAt, word.Gateway, word.Attempt, word.NoticeAt,
                word.AgentVersion, word.Log, word.Current, word.Previous, word.Seq));
        Assert.Null(word.Modules);
        Assert.Equal("shop-2", Parse($$"""{"deploymentId":"{{Id}}","status":"failed","device_id":"shop-2"}""")!.Gateway);
    }

    [Theory]
    [InlineData(null, "{\"all\":true} ")]
    [InlineData(" ", "{\"all\":true} ")]
    [InlineData("none", "none")]
    [InlineData("\"none\"", "none")]
    [InlineData("""{"all":true}""", "{\"all\":true} ")]
    [InlineData("""{"gateways":["b","a"]}""", "{\"gateways\":[\"b\",\"a\"]} ")]
    [InlineData("""{"places":[7]}""", "{\"places\":[7]} ")]
    [InlineData("""{"stages":[{"percent":100}]}""", "{\"all\":true} 100 60 1")]
    [InlineData(
        """{"places":[7],"stages":[{"percent":10},{"percent":100}],"waitMinutes":0,"maxFailures":0}""", "{\"places\":[7]} 10,100 0 0")]
    [InlineData("""{"gateways":["a"],"maxFailures":3}""", "{\"gateways\":[\"a\"]}  0 3")]
    public void TargetsAreWhatIsSaid(string? json, string expected)
    {
        DeploymentTargets? targets = DeploymentTargets.Parse(json, out string? fault);
        Assert.Null(fault);
        string said = targets!.IsNone ? "none"
            : targets.Percents.Count == 0 && targets.MaxFailures is null ? $"{targets.ToJson()} "
            : $"{targets.ToJson()} {string.Join(',', targets.Percents)} {targets.WaitMinutes} {targets.MaxFailures}";
        Assert.Equal(expected, said);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"all\"")]
    [InlineData("{")]
    [InlineData("""{"all":false}""")]
    [InlineData("""{"all":true,"all":true}""")]
    [InlineData("""{"all":true,"gateways":["a"]}""")]
    [InlineData("""{"everybody":true}""")]
    [InlineData("""{"gateways":[]}""")]
    [InlineData("""{"gateways":["a","a"]}""")]
    [InlineData("""{"gateways":["a b"]}""")]
    [InlineData("""{"gateways":["\ud800"]}""")]
    [InlineData("""{"gateways":"a"}""")]
    [InlineData("""{"places":[0]}""")]
    [InlineData("""{"places":[1.5]}""")]
    [InlineData("""{"places":["1"]}""")]
    [InlineData("""{"stages":[]}""")]
    [InlineData("""{"stages":[{"percent":10}]}""")]
    [InlineData("""{"stages":[{"percent":50},{"percent":50},{"percent":100}]}""")]
    [InlineData("""{"stages":[{"percent":0},{"percent":100}]}""")]
    [InlineData("""{"stages":[{"percent":100,"soak":1}]}""")]
    [InlineData("""{"stages":[100]}""")]
    [InlineData("""{"all":true,"waitMinutes":-1}""")]
    [InlineData("""{"all":true,"waitMinutes":43201}""")]
    [InlineData("""{"all":true,"maxFailures":1e9}""")]
    public void TargetsThatSayNothingClearAreRefused(string json)
    {
        Assert.Null(DeploymentTargets.Parse(json, out string? fault));
        Assert.StartsWith("targets", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void TooMuchIsRefused()
    {
        Assert.Null(DeploymentTargets.Parse(
            JsonSerializer.Serialize(new { gateways = Enumerable.Range(0, 1001).Select(static n => $"g{n}") }), out _));
        Assert.NotNull(DeploymentTargets.Parse(
            JsonSerializer.Serialize(new { gateways = Enumerable.Range(0, 1000).Select(static n => $"g{n}") }), out _));
        Assert.Null(DeploymentTargets.Parse($$"""{"gateways":["{{new string('a', 70_000)}}"]}""", out string? fault));
        Assert.Contains("64 KB", fault, StringComparison.Ordinal);
        Assert.Null(Parse(new string('[', 100_000)));
    }

    [Fact]
    public void NonsenseIsTakenOrRefusedAsAWord()
    {
        string[] good =
        [
            $$"""{"deploymentId":"{{Id}}","status":"completed","version":"1.2.3","timestamp":"2026-11-28T18:00:00Z","seq":5}""",
            $$"""{"deploymentId":"{{Id}}","status":"failed","error":"no room","log":"a\nb","attempt":3,"progress":50,"""
                + """ "modules":[{"hostname":"esp32-1","type":"power","status":"done","after":"1.1","ms":7}]}""",
        ];
        Run(nameof(NonsenseIsTakenOrRefusedAsAWord), good, static body =>
        {
            DeploymentWord? word = DeploymentWord.Parse(body, out string? fault);
            Assert.Equal(word is null, fault is not null);
            if (word is not null)
            {
                Assert.Contains(word.Status, DeploymentStatus.All);
                Assert.True(GatewayText.IsDeploymentId(word.DeploymentId));
                Assert.InRange(word.Progress ?? 0, 0, 100);
                foreach (string? text in new[] { word.Version, word.Error, word.Log, word.Gateway, word.AgentVersion })
                {
                    Assert.DoesNotContain('\0', text ?? "");
                    _ = new UTF8Encoding(false, true).GetBytes(text ?? "");
                }
            }

            return word is not null;
        });
    }

    [Fact]
    public void NonsenseIsTakenOrRefusedAsTargets()
    {
        string[] good =
        [
            """{"stages":[{"percent":10},{"percent":50},{"percent":100}],"waitMinutes":60,"maxFailures":1}""",
            """{"gateways":["shop-1","shop-2"],"maxFailures":0}""", """{"places":[1,2,3]}""",
        ];
        Run(nameof(NonsenseIsTakenOrRefusedAsTargets), good, static body =>
        {
            DeploymentTargets? targets = DeploymentTargets.Parse(Encoding.UTF8.GetString(body), out string? fault);
            Assert.Equal(targets is null, fault is not null);
            if (targets is { IsNone: false })
            {
                DeploymentTargets again = DeploymentTargets.Stored(
                    targets.ToJson(), string.Join(',', targets.Percents), targets.WaitMinutes, targets.MaxFailures);
                Assert.Equal(targets.ToJson(), again.ToJson());
                Assert.Equal(targets.Percents, again.Percents);
            }

            return targets is not null;
        });
    }

    private static DeploymentWord? Parse(string text) => DeploymentWord.Parse(Encoding.UTF8.GetBytes(text), out _);

    private static void Run(string test, string[] good, Func<byte[], bool> check)
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20261128");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_ROUNDS") ?? "10000");
        string replay = $"JAMBOX_FUZZ_SEED={seed} JAMBOX_FUZZ_ROUNDS={rounds} dotnet test Backend.Tests --filter {test}";
        Random random = new(seed);
        int taken = 0;
        for (int round = 0; round < rounds; round++)
        {
            List<byte> body = [.. Encoding.UTF8.GetBytes(good[random.Next(good.Length)])];
            for (int changes = random.Next(4); changes > 0 && body.Count > 0; changes--)
            {
                int at = random.Next(body.Count);
                switch (random.Next(4))
                {
                    case 0:
                        body[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        body.RemoveRange(at, random.Next(Math.Min(20, body.Count - at)) + 1);
                        break;
                    case 2:
                        body.InsertRange(at, body.GetRange(at, Math.Min(random.Next(30), body.Count - at)));
                        break;
                    default:
                        body[at] = (byte)"{}[]\",:0-9eE\\u"[random.Next(14)];
                        break;
                }
            }

            try
            {
                taken += check([.. body]) ? 1 : 0;
            }
            catch (Exception wrong)
            {
                Assert.Fail($"Round {round}: {Convert.ToBase64String([.. body])}: {wrong.Message}. Again with:\n{replay}");
            }
        }

        Assert.True(taken > rounds / 100 && taken < rounds, $"{taken} of {rounds} were taken. Again with:\n{replay}");
    }
}
