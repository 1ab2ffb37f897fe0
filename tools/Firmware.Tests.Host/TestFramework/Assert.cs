using System;
using XAssert = Xunit.Assert;

namespace nanoFramework.TestFramework
{
    /// <summary>The members of nanoFramework's Assert that Firmware.Tests uses, with the same signatures.</summary>
    public sealed class Assert
    {
        public static void AreEqual(bool expected, bool actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(byte expected, byte actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(int expected, int actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(uint expected, uint actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(long expected, long actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(ulong expected, ulong actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(double expected, double actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(string expected, string actual, string message = "") => Equal(expected, actual, message);

        public static void AreEqual(object expected, object actual, string message = "") => Equal(expected, actual, message);

        public static void AreNotEqual(int notExpected, int actual, string message = "") => NotEqual(notExpected, actual, message);

        public static void AreNotEqual(uint notExpected, uint actual, string message = "") => NotEqual(notExpected, actual, message);

        public static void AreNotEqual(long notExpected, long actual, string message = "") => NotEqual(notExpected, actual, message);

        public static void AreNotEqual(string notExpected, string actual, string message = "") => NotEqual(notExpected, actual, message);

        public static void IsTrue(bool condition, string message = "") => XAssert.True(condition, message.Length == 0 ? null : message);

        public static void IsFalse(bool condition, string message = "") => XAssert.False(condition, message.Length == 0 ? null : message);

        public static void IsNull(object value, string message = "") => XAssert.True(value == null, message);

        public static void IsNotNull(object value, string message = "") => XAssert.True(value != null, message);

        public static void AreSame(object expected, object actual, string message = "") =>
            XAssert.True(ReferenceEquals(expected, actual), message);

        public static void Contains(string expected, string value, string message = "") =>
            XAssert.True(value.Contains(expected, StringComparison.Ordinal), $"'{value}' does not contain '{expected}'. {message}");

        public static void DoesNotContains(string notExpected, string value, string message = "") =>
            XAssert.False(value.Contains(notExpected, StringComparison.Ordinal), $"'{value}' contains '{notExpected}'. {message}");

        public static void StartsWith(string expected, string value, string message = "") =>
            XAssert.True(value.StartsWith(expected, StringComparison.Ordinal), $"'{value}' does not start with '{expected}'. {message}");

        public static void EndsWith(string expected, string value, string message = "") =>
            XAssert.True(value.EndsWith(expected, StringComparison.Ordinal), $"'{value}' does not end with '{expected}'. {message}");

        public static void ThrowsException(Type exception, Action action, string message = "")
        {
            Exception thrown = Xunit.Record.Exception(action);
            XAssert.True(
                thrown != null && thrown.GetType() == exception,
                $"expected {exception.Name}, got {thrown?.GetType().Name ?? "none"}. {message}");
        }

        private static void Equal<T>(T expected, T actual, string message) =>
            XAssert.True(Equals(expected, actual), $"expected <{expected}>, got <{actual}>. {message}");

        private static void NotEqual<T>(T notExpected, T actual, string message) =>
            XAssert.False(Equals(notExpected, actual), $"got <{actual}>, which was not wanted. {message}");
    }
}
