using System.Text;
using System.Text.Json;

using JamBox.Backend.Things;
using JamBox.Backend.Tests.Wire;

namespace JamBox.Backend.Tests.Things;

/// <summary>Words of things: whatever comes, it is taken within its limits or refused in plain words, and never thrown.</summary>
public sealed class ThingWordTests
{
    [Fact]
    public void NonsenseIsNoInfo() => JsonNonsense.Run(
        nameof(NonsenseIsNoInfo),
        [
            """
            {"product":"clock","board":"ESP32-C3","version":"1.2.3","environment":"prod","config":{"a":-2.0,"b":"\u00e4"},
            "supported_commands":["restart","info"]}
            """,
            """{"product":"clock","config":null,"supported_commands":[]}""", """{"config":{}}""",
        ],
        static body =>
        {
            ThingInfo? info = ThingInfo.Parse(body, out string? fault);
            Assert.Equal(info is null, fault is not null);
            AssertPlain(fault);
            if (info?.Config is { } config)
            {
                Assert.Equal(JsonValueKind.Object, JsonElement.Parse(config).ValueKind);
                Assert.InRange(config.Length, 2, ThingInfo.MaxConfigBytes);
                AssertStorable(config);
            }

            Assert.All(info?.Commands?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [], static one =>
                Assert.True(ThingText.IsWord(one), one));
            AssertTexts(info?.Product, info?.Board, info?.Version, info?.Environment, info?.DeviceId);
            return info is not null;
        });

    [Fact]
    public void NonsenseIsNoHeartbeat() => JsonNonsense.Run(
        nameof(NonsenseIsNoHeartbeat),
        [
            """{"uptime":3600,"rssi":-61,"free_heap":151234,"ssid":"Hall","ip":"192.168.1.20"}""",
            """{"uptime_s":1,"product":"clock","board":"ESP32","version":"1.2.3","device_id":"clock-1"}""", "{}",
        ],
        static body =>
        {
            ThingHeartbeat beat = new();
            string? fault = ThingHeartbeat.Fields.Parse(body, beat)?.Error;
            AssertPlain(fault);
            if (fault is null)
            {
                Assert.InRange(beat.UptimeSeconds ?? 0, 0, uint.MaxValue);
                Assert.InRange(beat.RssiDbm ?? 0, -150, 50);
                Assert.InRange(beat.FreeHeapBytes ?? 0, 0, 1L << 40);
                AssertTexts(beat.Ssid, beat.Ip, beat.Product, beat.Board, beat.Version, beat.DeviceId);
            }

            return fault is null;
        });

    [Fact]
    public void NonsenseIsNoEvent() => JsonNonsense.Run(
        nameof(NonsenseIsNoEvent), ["""{"open":true,"who":"\u00e4","at":[1,2,{"b":null}]}""", "{}"],
        static body => IsKept(body, ThingEventSql.MaxEventBytes, mayBeArray: false));

    [Fact]
    public void NonsenseIsNoSnapshot() => JsonNonsense.Run(
        nameof(NonsenseIsNoSnapshot),
        ["""[{"width":32,"height":8,"text":"12:30","pixels":"AAEC/w==","monoColor":16711680}]""", """{"text":"12:30"}""", "[]"],
        static body => IsKept(body, ThingEventSql.MaxSnapshotBytes, mayBeArray: true));

    [Fact]
    public void WhatIsTooLongIsNoEvent()
    {
        byte[] longest = Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', ThingEventSql.MaxEventBytes - 8)}}"}""");
        Assert.NotNull(ThingText.ReadObject(longest, ThingEventSql.MaxEventBytes));
        Assert.Null(ThingText.ReadObject(longest, ThingEventSql.MaxEventBytes - 1));
    }

    private static bool IsKept(byte[] body, int maxBytes, bool mayBeArray)
    {
        string? kept = ThingText.ReadObject(body, maxBytes, mayBeArray);
        if (kept is not null)
        {
            JsonValueKind kind = JsonElement.Parse(kept).ValueKind;
            Assert.True(kind == JsonValueKind.Object || (mayBeArray && kind == JsonValueKind.Array), kept);
            AssertStorable(kept);
        }

        return kept is not null;
    }

    /// <summary>PostgreSQL takes no NUL, and no text is half a character.</summary>
    private static void AssertStorable(string text)
    {
        Assert.DoesNotContain('\0', text);
        Assert.Equal(text, Encoding.UTF8.GetString(new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text)));
    }

    private static void AssertTexts(params string?[] texts) => Assert.All(texts, static text =>
    {
        AssertStorable(text ?? "");
        Assert.InRange(text?.Length ?? 0, 0, 64);
    });

    private static void AssertPlain(string? fault) =>
        Assert.True(fault is null || (fault.Length > 0 && fault.All(static c => c is >= ' ' and < (char)127)), fault);
}
