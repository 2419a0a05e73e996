class UnknownName {
  public static void main(String[] args) {
    int count = 3;
    System.out.println(cuont + 1);
    String text = count;
  }
}
