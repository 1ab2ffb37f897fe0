using System.Text;

using JamBox.Backend.Telemetry;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>What a message may hold.</summary>
public sealed class TelemetryBodyTests
{
    [Theory]
    [InlineData("""{"data":{"v0":1,"temperature":25.5}}""", "v0=1 temperature=25.5")]
    [InlineData("""{"data":{"a":{"b":{"c":{"d":true}}},"e":null}}""", "a.b.c.d=true e=null")]
    [InlineData("""{"data":{"a":"text","a":"later"},"firmware":"9"}""", "a=later")]
    [InlineData("""{"data":{"\u0061":-0.0}}""", "a=0")]
    [InlineData("""{"data":{"A.b-c_d":1e3}}""", "A.b-c_d=1000")]
    [InlineData("""{"data":{}}""", "")]
    public void DataIsFlattened(string body, string expected)
    {
        TelemetryBody parsed = TelemetryBody.Parse(Encoding.UTF8.GetBytes(body), out string? fault)!;
        Assert.Null(fault);
        Assert.Equal(expected, string.Join(' ', parsed.Messages[0].Points.Select(static point => $"{point.Key}={point.Value}")));
        Assert.False(parsed.IsBatch);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"data":{"a":1}} x""")]
    [InlineData("""{"data":1}""")]
    [InlineData("""{"data":{"a":[1]}}""")]
    [InlineData("""{"data":{"a":1e400}}""")]
    [InlineData("""{"data":{"_a":1}}""")]
    [InlineData("""{"data":{"_a":{"b":1}}}""")]
    [InlineData("""{"data":{"a b":1}}""")]
    [InlineData("""{"data":{"":1}}""")]
    [InlineData("""{"data":{"ä":1}}""")]
    [InlineData("""{"data":{"12345678901234567890123456789012345678901":1}}""")]
    [InlineData("""{"data":{"1234567890123456789012345678901234567890":{"b":1}}}""")]
    [InlineData("""{"data":{"a":{"b":{"c":{"d":{"e":1}}}}}}""")]
    [InlineData("""{"data":{"a":"\u0000"}}""")]
    [InlineData("""{"data":{"a":"\ud800"}}""")]
    [InlineData("""{"device_token":1,"data":{"a":1}}""")]
    [InlineData("""{"data":{"a":1},"batch":[{"t":"2026-01-29T10:04:59Z","data":{"a":1}}]}""")]
    [InlineData("""{"batch":[]}""")]
    [InlineData("""{"batch":[{"data":{"a":1}}]}""")]
    [InlineData("""{"batch":[{"t":"yesterday","data":{"a":1}}]}""")]
    [InlineData("""{"device_token":"x"}""")]
    public void WhatDoesNotFitIsRefusedInWords(string body)
    {
        Assert.Null(TelemetryBody.Parse(Encoding.UTF8.GetBytes(body), out string? fault));
        Assert.False(string.IsNullOrEmpty(fault));
    }

    [Fact]
    public void EveryLimitHoldsToTheLast()
    {
        Assert.NotNull(Parse(Data(TelemetryBody.MaxKeys)));
        Assert.Null(Parse(Data(TelemetryBody.MaxKeys + 1)));
        Assert.NotNull(Parse($$$"""{"data":{"a":"{{{new string('x', TelemetryBody.MaxTextChars)}}}"}}"""));
        Assert.Null(Parse($$$"""{"data":{"a":"{{{new string('x', TelemetryBody.MaxTextChars + 1)}}}"}}"""));
        Assert.NotNull(Parse(Batch(TelemetryBody.MaxBatch)));
        Assert.Null(Parse(Batch(TelemetryBody.MaxBatch + 1)));

        // Blanks count: they are sent too.
        Assert.Null(Parse($$$"""{"data":{"a":1{{{new string(' ', TelemetryBody.MaxDataBytes)}}}}}"""));
    }

    /// <summary>Whatever comes, it is taken within its limits or refused in words, and never thrown.</summary>
    [Fact]
    public void NonsenseIsTakenOrRefused()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_ROUNDS") ?? "20000");
        string[] pieces =
        [
            "{", "}", "[", "]", ":", ",", "\"data\"", "\"batch\"", "\"device_token\"", "\"t\"", "\"a\"", "\"_x\"", "\"a.b\"", "1", "-0",
            "1e999", "true", "null", "\"2026-01-29T10:04:59Z\"", "\"\\ud800\"", "\"\\u0000\"", " ", "{\"data\":{", "}}",
            "{\"batch\":[{\"t\":", "\u00ff",
        ];
        string replay =
            $"JAMBOX_FUZZ_SEED={seed} JAMBOX_FUZZ_ROUNDS={rounds} dotnet test Backend.Tests --filter NonsenseIsTakenOrRefused";
        Random random = new(seed);
        int taken = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] body = Nonsense(random, pieces);
            try
            {
                TelemetryBody? parsed = TelemetryBody.Parse(body, out string? fault);
                Assert.Equal(parsed is null, fault is not null);
                Assert.True(fault is null || fault.All(static c => c is >= ' ' and < (char)127 and not '"'), fault);
                foreach (TelemetryPoint point in parsed?.Messages.SelectMany(static message => message.Points) ?? [])
                {
                    taken++;
                    Assert.True(KeyNames.IsKey(point.Key), point.Key);
                    Assert.True(double.IsFinite(point.Value.Number));
                }
            }
            catch (Exception wrong)
            {
                Assert.Fail($"Round {round}: {Convert.ToBase64String(body)}: {wrong.Message}. Again with:\n{replay}");
            }
        }

        Assert.True(taken > rounds / 100, replay);
    }

    private static TelemetryBody? Parse(string body) => TelemetryBody.Parse(Encoding.UTF8.GetBytes(body), out _);

    private static string Data(int keys)
    {
        string members = string.Join(',', Enumerable.Range(0, keys).Select(static i => $"\"k{i}\":{i}"));
        return "{\"data\":{" + members + "}}";
    }

    private static string Batch(int items) =>
        "{\"batch\":[" + string.Join(',', Enumerable.Repeat("""{"t":"2026-01-29T10:04:59Z","data":{"a":1}}""", items)) + "]}";

    private static byte[] Nonsense(Random random, string[] pieces)
    {
        StringBuilder text = new();
        if (random.Next(2) == 0)
        {
            text.Append("""{"device_token":"x","data":{"a":1,"b":{"c":true},"d":"text"}}""");
            for (int i = random.Next(4); i > 0; i--)
            {
                int at = random.Next(text.Length);
                text.Remove(at, Math.Min(random.Next(3), text.Length - at)).Insert(at, pieces[random.Next(pieces.Length)]);
            }
        }
        else
        {
            for (int i = random.Next(12); i >= 0; i--)
            {
                text.Append(pieces[random.Next(pieces.Length)]);
            }
        }

        byte[] body = Encoding.UTF8.GetBytes(text.ToString());
        if (body.Length > 0 && random.Next(4) == 0)
        {
            body[random.Next(body.Length)] = (byte)random.Next(256);
        }

        return body;
    }
}
