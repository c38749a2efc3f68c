/** The data folder, or the database in it, cannot be opened. The message is for the operator. */
export class DataDirUnusable extends Error {
  override readonly name = 'FolderUnusable';
}
