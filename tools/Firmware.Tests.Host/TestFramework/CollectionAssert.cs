using System.Collections;

namespace nanoFramework.TestFramework
{
    /// <summary>The members of nanoFramework's CollectionAssert that Firmware.Tests uses, with the same signatures.</summary>
    public sealed class CollectionAssert
    {
        public static void AreEqual(ICollection expected, ICollection actual, string message = "")
        {
            Assert.AreEqual(expected.Count, actual.Count, "count. " + message);
            IEnumerator left = expected.GetEnumerator();
            IEnumerator right = actual.GetEnumerator();
            for (int i = 0; left.MoveNext() && right.MoveNext(); i++)
            {
                Assert.AreEqual(left.Current, right.Current, "index " + i + ". " + message);
            }
        }
    }
}
