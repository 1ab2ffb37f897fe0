using JamBox.Modem;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="ReceiveBuffer"/>.</summary>
[TestClass]
public class ReceiveBufferTests
{
    /// <summary>Bytes come out in order, over the end of the memory and around, and only committed ones.</summary>
    [TestMethod]
    public void IsARing()
    {
        var ring = new ReceiveBuffer(new byte[7]);
        byte[] taken = new byte[8];
        byte next = 0;
        byte expected = 0;
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.IsTrue(ring.Put(next++));
            }

            Assert.AreEqual(0, ring.Take(taken, 0, 8));
            ring.Commit();
            Assert.AreEqual(5, ring.Count);
            int count = ring.Take(taken, 1, 3) + ring.Take(taken, 4, 4);
            Assert.AreEqual(5, count);
            for (int i = 1; i <= 5; i++)
            {
                Assert.AreEqual(expected++, taken[i]);
            }
        }
    }

    /// <summary>A block that broke off leaves no trace; a full ring refuses.</summary>
    [TestMethod]
    public void DiscardsAndRefuses()
    {
        var ring = new ReceiveBuffer(new byte[4]);
        ring.Put(1);
        ring.Commit();
        ring.Put(2);
        ring.Put(3);
        ring.Discard();
        Assert.AreEqual(3, ring.Free);
        Assert.IsTrue(ring.Put(4));
        Assert.IsTrue(ring.Put(5));
        Assert.IsTrue(ring.Put(6));
        Assert.IsFalse(ring.Put(7));
        ring.Commit();
        byte[] taken = new byte[4];
        Assert.AreEqual(4, ring.Take(taken, 0, 4));
        Assert.AreEqual((byte)1, taken[0]);
        Assert.AreEqual((byte)4, taken[1]);
        Assert.AreEqual((byte)6, taken[3]);
    }
}
