using System;
using JamBox.Counting;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Counting;

/// <summary>Tests of <see cref="FrameFilter"/>.</summary>
[TestClass]
public class FrameFilterTests
{
    /// <summary>A probe request with a randomised address passes, with its address and sequence number.</summary>
    [TestMethod]
    public void AcceptsAProbeRequestWithARandomisedAddress()
    {
        byte[] frame = Probe(0xDA);
        byte[] record = new byte[2 * RadioRecord.Size];
        Assert.IsTrue(FrameFilter.TryAccept(frame, frame.Length, record, RadioRecord.Size));
        Assert.AreEqual((byte)0xDA, record[RadioRecord.Size]);
        Assert.AreEqual((byte)0x15, record[RadioRecord.Size + 5]);
        Assert.AreEqual(
            0x123, record[RadioRecord.Size + RadioRecord.Sequence] | (record[RadioRecord.Size + RadioRecord.Sequence + 1] << 8));
        Assert.AreEqual((byte)0, record[0], "the record before it is not touched");
    }

    /// <summary>Of the first address byte, only "locally administered, unicast" counts, whatever the other bits are.</summary>
    [TestMethod]
    public void AcceptsOnlyLocallyAdministeredUnicastAddresses()
    {
        byte[] record = new byte[RadioRecord.Size];
        for (int first = 0; first < 256; first++)
        {
            byte[] frame = Probe((byte)first);
            Assert.AreEqual(
                (first & 2) != 0 && (first & 1) == 0, FrameFilter.TryAccept(frame, frame.Length, record, 0),
                "first byte " + first.ToString());
        }
    }

    /// <summary>No other kind of frame passes.</summary>
    [TestMethod]
    public void RefusesOtherFrames()
    {
        byte[] record = new byte[RadioRecord.Size];
        byte[] frame = Probe(0xDA);
        for (int kind = 0; kind < 256; kind++)
        {
            frame[0] = (byte)kind;
            Assert.AreEqual(
                kind == FrameFilter.ProbeRequest, FrameFilter.TryAccept(frame, frame.Length, record, 0), "kind " + kind.ToString());
        }
    }

    /// <summary>A frame that is cut off, or whose length is a lie, is refused and not read past its end.</summary>
    [TestMethod]
    public void RefusesCutFrames()
    {
        byte[] record = new byte[RadioRecord.Size];
        byte[] whole = Probe(0xDA);
        for (int length = 0; length < FrameFilter.HeaderLength; length++)
        {
            var cut = new byte[length];
            Array.Copy(whole, cut, length);
            Assert.IsFalse(FrameFilter.TryAccept(cut, length, record, 0));
            Assert.IsFalse(FrameFilter.TryAccept(cut, FrameFilter.HeaderLength, record, 0));
        }

        Assert.IsFalse(FrameFilter.TryAccept(whole, -1, record, 0));
        Assert.IsTrue(FrameFilter.TryAccept(whole, FrameFilter.HeaderLength, record, 0));
    }

    /// <summary>Random bytes never make it throw, and what passes keeps the rule.</summary>
    [TestMethod]
    public void SurvivesRandomBytes()
    {
        const int Seed = 7028;
        var random = new Random(Seed);
        byte[] record = new byte[RadioRecord.Size];
        for (int round = 0; round < 2000; round++)
        {
            byte[] frame = new byte[random.Next(40)];
            random.NextBytes(frame);
            if (frame.Length > 0 && round % 2 == 0)
            {
                frame[0] = FrameFilter.ProbeRequest;
            }

            bool accepted = FrameFilter.TryAccept(frame, frame.Length, record, 0);
            bool expected = frame.Length >= 24 && frame[0] == 0x40 && (frame[10] & 3) == 2;
            Assert.AreEqual(expected, accepted, "seed " + Seed.ToString() + " round " + round.ToString());
        }
    }

    private static byte[] Probe(byte firstAddressByte)
    {
        // Frame control, duration, broadcast, source, BSSID, sequence control 0x1230, empty SSID.
        return
        [
            0x40, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            firstAddressByte, 0x11, 0x12, 0x13, 0x14, 0x15,
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x30, 0x12, 0, 0,
        ];
    }
}
