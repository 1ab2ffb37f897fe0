using System.Text;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Wire;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// What the body of a roll-out may be: errors name their field, and nonsense is refused in order. The seed is fixed; another one is
/// tried with JAMBOX_ROLLOUT_SEED, more rounds with JAMBOX_ROLLOUT_ROUNDS.
/// </summary>
public sealed class RolloutRequestTests(ITestOutputHelper output)
{
    private static readonly string[] s_names =
    [
        "firmware_id", "stages", "start_at", "window", "max_failures", "max_failure_percent", "min_sample", "auto_advance", "soak_minutes",
        "silent_hours", "exclude", "notes", "percent", "devices", "from", "to", "timezone", "time_zone", "unknown", "",
    ];

    private static readonly string[] s_values =
    [
        "1", "0", "-1", "50", "100", "101", "1.5", "1e2", "9223372036854775808", "true", "null", "\"x\"", "\"\"", "\"22:00\"", "\"05:00\"",
        "\"25:00\"",
        "\"Europe/Berlin\"", "\"../../etc/passwd\"", "\"Mars/Base\"", "\"\\u0000\"", "\"\\ud800\"", "\"2026-01-29T10:00:00Z\"", "[]", "{}",
        "[{}]", "[[]]",
        "[\"JBNB0001\"]", "[\"JBNB0001\",\"JBNB0001\"]", "[{\"percent\":50}]", "[{\"percent\":50},{\"percent\":50}]",
        "[{\"percent\":10},{\"percent\":100}]",
        "[{\"devices\":[\"JBNB0001\"]},{\"percent\":100}]", "[{\"devices\":[]}]", "[{\"devices\":[1]}]",
        "[{\"percent\":5,\"devices\":[\"x\"]}]",
        "{\"from\":\"22:00\",\"to\":\"05:00\"}", "{\"from\":\"22:00\",\"to\":\"22:00\"}",
        "{\"from\":\"22:00\",\"to\":\"05:00\",\"time_zone\":\"Europe/Berlin\"}",
        "{\"from\":22,\"to\":5}", "[{\"percent\":[[[[[]]]]]}]", "[{\"percent\":1,\"percent\":2}]",
    ];

    [Theory]
    [InlineData("""{"stages":[{"percent":100}]}""", "firmware_id: ")]
    [InlineData("""{"firmware_id":"1","stages":[{"percent":100}]}""", "firmware_id: ")]
    [InlineData("""{"firmware_id":1}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{}]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":0}]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":101}]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":50,"devices":["a"]}]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"devices":[]}]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":50},{"percent":50}]}""", "stages: every percent must be greater")]
    [InlineData("""{"firmware_id":1,"stages":[{"devices":["a"]},{"devices":["b","a"]}]}""", "stages: a is named twice")]
    [InlineData("""{"firmware_id":1,"stages":[{"devices":["a"]}],"exclude":["a"]}""", "exclude: a is named in stages")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"start_at":"tomorrow"}""", "start_at: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"window":{"from":"22:00"}}""", "window: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"window":{"from":"22:00","to":"22:00"}}""", "window: ")]
    [InlineData(
        """{"firmware_id":1,"stages":[{"percent":100}],"window":{"from":"22:00","to":"05:00","time_zone":"Mars/Base"}}""", "window: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"window":{"from":"22:00","to":"05:00","zone":"UTC"}}""", "window: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100,"boxes":3}]}""", "stages: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"max_failures":-1}""", "max_failures: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"max_failure_percent":101}""", "max_failure_percent: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"min_sample":0}""", "min_sample: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"auto_advance":"yes"}""", "auto_advance: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"soak_minutes":1.5}""", "soak_minutes: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"silent_hours":0}""", "silent_hours: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}],"exclude":"a"}""", "exclude: ")]
    [InlineData("""{"firmware_id":1,"stages":[{"percent":100}]""", "Body must be")]
    [InlineData("""[]""", "Body must be")]
    public void EveryFaultNamesItsField(string body, string fault) =>
        Assert.StartsWith(fault, Parse(Encoding.UTF8.GetBytes(body)).Fault, StringComparison.Ordinal);

    [Fact]
    public void WhatIsNotSaidHasItsDefault()
    {
        (RolloutRequest request, string? fault) = Parse(
            """{"firmware_id":7,"stages":[{"devices":["a"]},{"percent":100}],"window":null,"start_at":null,"max_failures":null}"""u8);
        Assert.Null(fault);
        Assert.Equal(
            "7 2 10 10 True 60 24", $"{request.FirmwareId} {request.MaxFailures} {request.MaxFailurePercent} {request.MinSample} {request.AutoAdvance} {request.SoakMinutes} {request.SilentHours}");
        Assert.Null(request.Window);
        Assert.Equal(["a", "100"], request.Stages!.Select(static stage => stage.Percent?.ToString() ?? stage.Devices.Single()));
    }

    [Fact]
    public void NonsenseIsRefusedInOrder()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_ROLLOUT_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_ROLLOUT_ROUNDS") ?? "50000");
        Random random = new(seed);
        int taken = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] body = Body(random);
            try
            {
                (RolloutRequest request, string? fault) = Parse(body);
                taken += fault is null ? 1 : 0;
                if (fault is null)
                {
                    AssertSane(request);
                }
            }
            catch (Exception e)
            {
                output.WriteLine(Convert.ToBase64String(body));
                throw new InvalidOperationException(
                    $"Round {round}. Again with: JAMBOX_ROLLOUT_SEED={seed} JAMBOX_ROLLOUT_ROUNDS={round + 1} "
                    + $"dotnet test Backend.Tests --filter {nameof(RolloutRequestTests)}", e);
            }
        }

        output.WriteLine($"{taken} of {rounds} bodies were taken");
        Assert.True(rounds < 10_000 || taken > 100, "Hardly anything was taken: the fuzz does not reach what lies behind.");
    }

    private static void AssertSane(RolloutRequest request)
    {
        Assert.InRange(request.Stages!.Count, 1, 20);
        Assert.All(
            request.Stages,
            static stage => Assert.True(
                stage.Percent is null ? stage.Devices.Count > 0 : stage.Percent is >= 1 and <= 100 && stage.Devices.Count == 0));
        Assert.InRange(request.MaxFailurePercent, 0, 100);
        Assert.InRange(request.MinSample, 1, 1_000_000);
        Assert.True(
            request.Window is null || (RolloutWindow.Minute(request.Window.From) >= 0 && RolloutWindow.Minute(request.Window.To) >= 0));
    }

    private static (RolloutRequest Request, string? Fault) Parse(ReadOnlySpan<byte> body)
    {
        RolloutRequest request = new();
        DeviceResponse? refusal = RolloutRequest.Fields.Parse(body, request);
        return (request, refusal?.Error ?? request.FindFault(0));
    }

    private static byte[] Body(Random random)
    {
        if (random.Next(10) == 0)
        {
            byte[] noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            return noise;
        }

        StringBuilder json =
            new(
                random.Next(4) == 0
                    ? "{\"x\":1"
                    : "{\"firmware_id\":1,\"stages\":[{\"percent\":10},{\"devices\":[\"JBNB0001\"]},{\"percent\":100}]");
        for (int fields = random.Next(5); fields > 0; fields--)
        {
            json.Append($",\"{s_names[random.Next(s_names.Length)]}\":{s_values[random.Next(s_values.Length)]}");
        }

        byte[] body = Encoding.UTF8.GetBytes(json.Append('}').ToString());
        if (random.Next(3) == 0)
        {
            body[random.Next(body.Length)] = (byte)random.Next(256);
        }

        return random.Next(8) == 0 ? body[..random.Next(body.Length)] : body;
    }
}
