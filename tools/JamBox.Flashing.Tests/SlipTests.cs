using System.Diagnostics;
using System.Globalization;
using JamBox.Flashing;

namespace JamBox.Tests.Flashing;

/// <summary>Tests of <see cref="Slip"/> and <see cref="SlipReader"/>. <c>JB_FUZZ_CASE</c> replays one random case.</summary>
public sealed class SlipTests
{
    private const int Cases = 5_000;

    [Fact]
    public void EndsAndEscapesAreReplaced()
    {
        Assert.Equal([0xC0, 0x01, 0xDB, 0xDC, 0xDB, 0xDD, 0x02, 0xC0], Slip.Encode([0x01, 0xC0, 0xDB, 0x02]));
        Assert.Equal([0x01, 0xC0, 0xDB, 0x02], Assert.Single(Read(Slip.Encode([0x01, 0xC0, 0xDB, 0x02]))));
    }

    [Fact]
    public void WhatStandsBetweenPacketsIsPassedOver()
    {
        byte[] line = [.. "waiting for download\r\n"u8, .. Slip.Encode([1, 2]), .. "noise"u8, .. Slip.Encode([3])];
        Assert.Equal([[1, 2], [3]], Read(line));
    }

    [Fact]
    public void APacketWithoutAnEndDoesNotCostTheNext()
    {
        byte[] line = [0xC0, 1, 2, .. Slip.Encode([3, 4]), .. Slip.Encode([5])];
        Assert.Equal([5], Read(line)[^1]);
    }

    [Theory]
    [InlineData(new byte[] { 0xC0, 1, 0xDB, 0x00, 2, 0xC0 })]
    [InlineData(new byte[] { 0xC0, 1, 0xDB, 0xC0 })]
    [InlineData(new byte[] { 0xC0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xC0 })]
    public void ABrokenPacketIsDropped(byte[] line)
    {
        SlipReader reader = new(8);
        Assert.DoesNotContain(line, b => reader.TryTake(b, out _));
        Assert.Equal(1, reader.Dropped);
        List<byte[]> next = [.. Slip.Encode([7]).SelectMany(b => reader.TryTake(b, out byte[] packet) ? [packet] : Array.Empty<byte[]>())];
        Assert.Equal([7], Assert.Single(next));
    }

    [Fact]
    public void AnyPacketComesThrough()
    {
        bool isReplay = int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), CultureInfo.InvariantCulture, out int only);
        for (int number = isReplay ? only : 0; number < (isReplay ? only + 1 : Cases); number++)
        {
            Random random = new(number);
            byte[][] packets = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Packet(random))];
            byte[] noise = [.. Enumerable.Range(0, random.Next(20)).Select(_ => (byte)random.Next(0xC0))];
            byte[] line = [.. packets.SelectMany(packet => (byte[])[.. noise, .. Slip.Encode(packet)])];
            if (!Read(line).SelectMany(packet => packet).SequenceEqual(packets.SelectMany(packet => packet)))
            {
                throw new UnreachableException(
                    $"replay: JB_FUZZ_CASE={number} dotnet test tools/JamBox.Flashing.Tests --filter {nameof(SlipTests)}");
            }
        }
    }

    private static byte[] Packet(Random random)
    {
        byte[] special = [0xC0, 0xDB, 0xDC, 0xDD];
        byte Next() => random.Next(2) == 0 ? special[random.Next(4)] : (byte)random.Next(256);
        return [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => Next())];
    }

    private static List<byte[]> Read(byte[] line)
    {
        SlipReader reader = new(1024);
        List<byte[]> packets = [];
        foreach (byte b in line)
        {
            if (reader.TryTake(b, out byte[] packet))
            {
                packets.Add(packet);
            }
        }

        return packets;
    }
}
